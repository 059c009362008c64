/** How rows become tokens, as the arguments say: by `sft` and `pt`, and by `data check`, which sees what they would. */
import type { Row } from "../data/row.ts";
import { readRegularText } from "../formats/read-file.ts";
import type { LoadedModel } from "../models/load.ts";
import type { TrainingArgs } from "../recipes/sft.ts";
import { agentTemplate } from "../text/agent-templates.ts";
import type { EncodeSampleOptions } from "../text/encode.ts";
import { loadLossScale } from "../text/load-loss-scale.ts";

export type EncodeArgs = Pick<
  TrainingArgs,
  "use_chat_template" | "agent_template" | "loss_scale" | "max_length" | "truncation_strategy"
>;

export async function encodeOptions(
  model: Pick<LoadedModel, "tokenizer" | "template" | "config">,
  args: EncodeArgs,
): Promise<EncodeSampleOptions & { readonly maxLength: number }> {
  return {
    tokenizer: model.tokenizer,
    ...(args.use_chat_template ? { template: model.template } : {}),
    useChatTemplate: args.use_chat_template,
    ...(args.agent_template === undefined ? {} : { agent: agentTemplate(args.agent_template) }),
    lossScale: await loadLossScale(args.loss_scale),
    maxLength: Math.min(args.max_length ?? model.config.maxPositions, model.config.maxPositions),
    truncation: args.truncation_strategy,
  };
}

/** @throws E_TEXT_TEMPLATE_NAME */
export const readTemplate = (path: string): Promise<string> =>
  readRegularText(path, { code: "E_TEXT_TEMPLATE_NAME", limit: 2 ** 20 });

/** The row with a system message where it has none. */
export function withSystem(row: Row, system: string): Row {
  const { messages } = row.conversation;
  if (messages[0]?.role === "system" || messages[0]?.role === "assistant") return row;
  return {
    ...row,
    conversation: { ...row.conversation, messages: [{ role: "system", content: system }, ...messages] },
  };
}
