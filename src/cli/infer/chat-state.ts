/**
 * A chat in the terminal as a state machine: a line comes in, a new state and what to do come out. Commands are
 * ms-swift's: clear, reset-system, multi-line, single-line, quit or exit. In multi-line mode a text ends with #.
 */
import type { Message } from "../../text/message.ts";

export interface ChatState {
  readonly system: string | undefined;
  /** Turns so far, without the system message. */
  readonly turns: readonly Message[];
  readonly multiLine: boolean;
  /** Lines of a text that is not finished. */
  readonly lines: readonly string[];
  /** The next text becomes the system message. */
  readonly asksSystem: boolean;
}

export type ChatAction =
  | { readonly kind: "none" }
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "answer" }
  | { readonly kind: "quit" };

export const startChat = (system: string | undefined): ChatState => ({
  system,
  turns: [],
  multiLine: false,
  lines: [],
  asksSystem: false,
});

export const chatHelp =
  "clear: forget the conversation; reset-system: give a new system message; multi-line: texts of several lines, " +
  "ended by #; single-line: back again; quit: end.";

export const chatPrompt = ({ asksSystem, multiLine, lines }: ChatState): string =>
  lines.length > 0 ? "... " : `${asksSystem ? "system" : ">>>"}${multiLine ? " (end with #)" : ""} `;

interface Step {
  readonly state: ChatState;
  readonly action: ChatAction;
}

const note = (state: ChatState, text: string): Step => ({ state, action: { kind: "note", text } });

export function chatStep(state: ChatState, line: string): Step {
  const command = state.lines.length === 0 && !state.asksSystem ? line.trim().toLowerCase() : "";
  switch (command) {
    case "quit":
    case "exit":
      return { state, action: { kind: "quit" } };
    case "clear":
      return note({ ...state, turns: [] }, "the conversation is forgotten");
    case "reset-system":
      return note({ ...state, asksSystem: true }, "give the new system message; nothing for none");
    case "multi-line":
      return note({ ...state, multiLine: true }, "texts end with #");
    case "single-line":
      return note({ ...state, multiLine: false }, "every line is a text");
    default:
      return readLine(state, line);
  }
}

function readLine(state: ChatState, line: string): Step {
  if (state.multiLine) {
    const end = line.trimEnd().endsWith("#");
    const lines = [...state.lines, end ? line.trimEnd().slice(0, -1) : line];
    if (!end) return { state: { ...state, lines }, action: { kind: "none" } };
    return takeText({ ...state, lines: [] }, lines.join("\n").trim());
  }
  return takeText(state, line.trim());
}

function takeText(state: ChatState, text: string): Step {
  if (state.asksSystem) {
    const system = text === "" ? undefined : text;
    const changed: ChatState = { ...state, asksSystem: false, system, turns: [] };
    return note(
      changed,
      `${system === undefined ? "no system message" : "the system message is set"}; the conversation is forgotten`,
    );
  }
  if (text === "") return { state, action: { kind: "none" } };
  const turns: readonly Message[] = [...state.turns, { role: "user", content: text }];
  return { state: { ...state, turns }, action: { kind: "answer" } };
}

/** Everything the model reads. */
export const chatMessages = ({ system, turns }: ChatState): readonly Message[] =>
  system === undefined ? turns : [{ role: "system", content: system }, ...turns];

export const withAnswer = (state: ChatState, content: string): ChatState => ({
  ...state,
  turns: [...state.turns, { role: "assistant", content }],
});

/** A turn whose answer was broken off is as if it had not been. */
export const withoutLastTurn = (state: ChatState): ChatState => ({ ...state, turns: state.turns.slice(0, -1) });
