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
}

export interface Conversation {
  readonly messages: readonly Message[];
  /** Parsed function schemas, OpenAI style, wrapped (`{type, function}`) or bare. */
  readonly tools?: readonly unknown[];
  /** Extra variables for the chat template (`enable_thinking`, `date_string`, ...). */
  readonly chat_template_kwargs?: Readonly<Record<string, unknown>>;
}

/** The label of a token that is not trained on; PyTorch's `ignore_index`. */
export const IGNORE = -100;
