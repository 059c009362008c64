/** Text: tokenizers, chat templates with exact label spans, loss weights, and encoding. */
export { agentTemplate, agentTemplateNames, type AgentTemplate } from "./agent-templates.ts";
export { loadChatTemplate, type ChatTemplate, type Stop } from "./chat-template.ts";
export { checkDrift, checkSample, createSamplesCheck, checkTemplate, type Problem } from "./check.ts";
export { checkpointFiles } from "./checkpoint-files.ts";
export { decodeStream, type DecodeStream } from "./decode-stream.ts";
export {
  encodeConversation,
  encodePrompt,
  renderRow,
  type EncodedSample,
  type EncodeOptions,
  type EncodeSampleOptions,
} from "./encode.ts";
export { loadLossScale } from "./load-loss-scale.ts";
export { loadTokenizer } from "./load-tokenizer.ts";
export { lossScaleNames, parseLossScale, type LossScale } from "./loss-scale.ts";
export { IGNORE, type Conversation, type Message, type Role } from "./message.ts";
export { previewSample, type PreviewStyle } from "./preview.ts";
export { createTokenizer, type TextFile, type Tokenizer } from "./tokenizer.ts";
export { isDropped, splitSample, truncations, type Dropped, type Truncation } from "./truncate.ts";
