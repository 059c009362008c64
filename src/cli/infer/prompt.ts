/** One prompt, one answer: the answer alone goes to stdout. */
import { internal } from "../../base/errors.ts";
import type { Message } from "../../text/message.ts";
import type { Context } from "../context.ts";
import { shownTo, type Answerer } from "./answerer.ts";

export interface PromptOptions {
  readonly prompt: string;
  readonly system: string | undefined;
  readonly stream: boolean;
}

export async function answerPrompt(answerer: Answerer, options: PromptOptions, context: Context): Promise<undefined> {
  const { prompt, system, stream } = options;
  const { stdout, signal } = context;
  const user: Message = { role: "user", content: prompt };
  const messages: readonly Message[] = system === undefined ? [user] : [{ role: "system", content: system }, user];
  const shown = stream ? { onText: (text: string) => stdout.write(shownTo(stdout, text)) } : {};
  const [answer] = await answerer.answer([{ messages }], { signal, ...shown });
  stdout.write(`${stream ? "" : shownTo(stdout, (answer ?? internal("no answer")).text)}\n`);
  return undefined;
}
