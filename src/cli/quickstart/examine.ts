/** A model put to the same test before and after training: its loss on held-out text, and what it makes of a prompt. */
import { createGenerator } from "../../generate/index.ts";
import { loadModel } from "../../models/index.ts";
import { createNodeRuntime } from "../../runtime/node.ts";
import { encodePrompt } from "../../text/index.ts";
import { heldOutLoss } from "./held-out.ts";

export interface Question {
  readonly prompt: string;
  /** File of rows. */
  readonly heldOut: string;
  /** Tokens of each row that count. */
  readonly maxLength: number;
  readonly maxNewTokens: number;
  readonly seed: number;
}

export interface Examined {
  /** Nats per token. */
  readonly loss: number;
  /** The prompt and what follows it. */
  readonly text: string;
}

export async function examine(dir: string, question: Question): Promise<Examined> {
  const { prompt, heldOut, maxLength, maxNewTokens, seed } = question;
  const model = await loadModel(dir);
  const runtime = createNodeRuntime();
  const loss = await heldOutLoss(runtime, model, heldOut, maxLength);
  const generator = await createGenerator(model, runtime);
  const conversation = { messages: [{ role: "user", content: prompt }] } as const;
  const ids = encodePrompt(conversation, { tokenizer: model.tokenizer, useChatTemplate: false });
  const [answer] = await generator.generate([ids], {
    temperature: 0.5,
    topP: 0.9,
    maxNewTokens,
    seed,
    continues: true,
  });
  await generator.release();
  return { loss, text: prompt + (answer?.text ?? "") };
}
