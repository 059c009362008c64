/** What the ways of asking (chat, prompt, file) need of a model: conversations in, answers out. */
import { visible } from "../../base/visible.ts";
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
  /**
   * Numbers of the conversations among all that are asked: their draws depend on these and the seed, not on who is
   * answered with them. Without numbers each call has draws of its own.
   */
  readonly numbers?: readonly number[];
}

export interface Answerer {
  /** Without a chat template every text is continued by itself, so a chat has no memory. */
  readonly usesTemplate: boolean;
  /** Throws what makes a conversation one that cannot be answered: messages, template, length. */
  readonly check: (conversation: Conversation) => void;
  readonly answer: (conversations: readonly Conversation[], options?: AnswerOptions) => Promise<readonly Answer[]>;
  readonly release: () => Promise<void>;
}

/** What a model writes, for a terminal without control characters; a pipe gets it as it is. */
export const shownTo = ({ isTTY }: { readonly isTTY?: boolean | undefined }, text: string): string =>
  isTTY === true ? visible(text) : text;
