/** What the ways of asking (chat, prompt, file) need of a model: conversations in, answers out. */
import type { Conversation } from "../../text/message.ts";

export interface Answer {
  readonly text: string;
  /** Generated tokens. */
  readonly tokens: number;
  /** "stop", "length" or "aborted". */
  readonly finishReason: string;
}

export interface AnswerOptions {
  /** Called with each piece of text as it comes; only for a single conversation. */
  readonly onText?: (text: string) => void;
  readonly signal?: AbortSignal;
}

export interface Answerer {
  /** Without a chat template every text is continued by itself, so a chat has no memory. */
  readonly usesTemplate: boolean;
  readonly answer: (conversations: readonly Conversation[], options?: AnswerOptions) => Promise<readonly Answer[]>;
  readonly release: () => Promise<void>;
}
