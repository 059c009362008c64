/**
 * Conversations as the data folder delivers them and every later folder reads them.
 *
 * Follows the `messages` standard of ms-swift: OpenAI roles, plus `tool_call` and `tool_response` whose
 * content is JSON text, plus `loss` and `loss_scale` on a message. Leaves out images, video and audio.
 */

export const roles = ["system", "user", "assistant", "tool_call", "tool_response"] as const;

export type Role = (typeof roles)[number];

export interface Message {
  readonly role: Role;
  readonly content: string;
  /** Train on this message (true) or not (false), whatever the base strategy says. */
  readonly loss?: boolean;
  /** Weight of this message, whatever the chained strategies say. */
  readonly loss_scale?: number;
  /** Of a tool_call: what its result names. */
  readonly id?: string;
  /** Of a tool_response: the call that it answers. */
  readonly tool_call_id?: string;
  /** Of a tool_response: the function that gave it. */
  readonly name?: string;
  /** Other keys of the row's message, for the chat template: reasoning_content, name, ... */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface Conversation {
  readonly messages: readonly Message[];
  /** Parsed function schemas, OpenAI style, wrapped (`{type, function}`) or bare. */
  readonly tools?: readonly unknown[];
  /** Extra variables for the chat template (`enable_thinking`, `date_string`, ...). */
  readonly chat_template_kwargs?: Readonly<Record<string, unknown>>;
}

/** A message as rows write it: keys for the chat template beside its own. */
export const writtenMessage = ({ extra, ...message }: Message): Readonly<Record<string, unknown>> => ({
  ...message,
  ...extra,
});

/** The label of a token that is not trained on; PyTorch's `ignore_index`. */
export const IGNORE = -100;
