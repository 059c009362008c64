/**
 * Chat in the terminal. Lines are edited by node:readline on stderr, answers go to stdout; lines from a pipe are
 * answered one after another. Ctrl-C breaks an answer off, at the prompt it ends the chat.
 */
import { createInterface } from "node:readline";
import { internal, isTunesmithError } from "../../base/errors.ts";
import type { Context } from "../context.ts";
import { errorText } from "../show-error.ts";
import { shownTo, type Answerer } from "./answerer.ts";
import {
  chatHelp,
  chatMessages,
  chatPrompt,
  chatStep,
  startChat,
  withAnswer,
  withoutLastTurn,
  type ChatState,
} from "./chat-state.ts";

export interface ChatOptions {
  readonly system: string | undefined;
  readonly stream: boolean;
}

export async function runChat(answerer: Answerer, options: ChatOptions, context: Context): Promise<undefined> {
  const { stdin, stderr, paint, signal } = context;
  const interactive = stdin.isTTY === true && stderr.isTTY === true;
  const lines = createInterface({
    input: stdin,
    terminal: interactive,
    ...(interactive ? { output: stderr as NodeJS.WriteStream } : {}),
  });
  let state = startChat(options.system);
  let answering: AbortController | undefined;
  const interrupt = (): void => (answering === undefined ? lines.close() : answering.abort());
  lines.on("SIGINT", interrupt);
  signal.addEventListener("abort", interrupt);
  const ask = (): void => {
    if (!interactive) return;
    lines.setPrompt(chatPrompt(state));
    lines.prompt();
  };
  const note = (text: string): void => {
    stderr.write(`${paint("dim", text)}\n`);
  };

  if (interactive) {
    note(chatHelp);
    if (!answerer.usesTemplate) note("without a chat template each text is continued by itself");
  }
  ask();
  for await (const line of lines) {
    const step = chatStep(state, line);
    state = step.state;
    if (step.action.kind === "quit") break;
    if (step.action.kind === "note") note(step.action.text);
    if (step.action.kind === "answer") {
      answering = new AbortController();
      state = await answerTurn(answerer, state, { ...options, signal: answering.signal }, context);
      answering = undefined;
    }
    if (signal.aborted) break;
    ask();
  }
  lines.close();
  signal.removeEventListener("abort", interrupt);
  return undefined;
}

async function answerTurn(
  answerer: Answerer,
  state: ChatState,
  options: ChatOptions & { readonly signal: AbortSignal },
  { stdout, stderr, paint }: Context,
): Promise<ChatState> {
  const { stream, signal } = options;
  const messages = answerer.usesTemplate ? chatMessages(state) : state.turns.slice(-1);
  try {
    answerer.check({ messages });
  } catch (error) {
    // A message that cannot be asked does not end the chat.
    if (!isTunesmithError(error)) throw error;
    stderr.write(errorText(error, { debug: false, paint }));
    return withoutLastTurn(state);
  }
  const shown = stream ? { onText: (text: string) => stdout.write(shownTo(stdout, text)) } : {};
  const [answer] = await answerer.answer([{ messages }], { signal, ...shown });
  if (answer === undefined) return internal("no answer");
  stdout.write(`${stream ? "" : shownTo(stdout, answer.text)}\n`);
  return signal.aborted ? withoutLastTurn(state) : withAnswer(state, answer.text);
}
