/**
 * Keys of a message beside role and content: how it is trained (`loss`, `loss_scale` of ms-swift, `train` of Axolotl,
 * `weight` of OpenAI and Axolotl), calls and results, and all others, which are the chat template's to read.
 */
import type { DraftMessage, RawObject } from "./shape.ts";

/** Names of reasoning, the most frequent first. */
export const reasoningKeys = ["reasoning_content", "reasoning", "thinking"] as const;

const lossKeys = ["loss", "train", "weight"] as const;

const read: ReadonlySet<string> = new Set([
  "role",
  "from",
  "content",
  "value",
  "loss_scale",
  "tool_calls",
  "function_call",
  "tool_call_id",
  ...lossKeys,
]);

/** Of a call in `tool_calls`, and of the call itself. */
const callKeys: ReadonlySet<string> = new Set(["id", "type", "index", "function", "loss_scale", ...lossKeys]);
const functionKeys: ReadonlySet<string> = new Set(["name", "arguments", "parameters"]);

/** How a message, a call or a part of a content is trained. */
export function lossOf(source: RawObject): Pick<DraftMessage, "loss" | "loss_scale" | "lossKey"> {
  const lossKey = lossKeys.find((key) => source[key] !== undefined && source[key] !== null);
  const { loss_scale } = source;
  if (lossKey === undefined) return loss_scale === undefined ? {} : { loss_scale };
  const given = source[lossKey];
  const loss = lossKey !== "loss" && (given === 0 || given === 1) ? given === 1 : given;
  return { loss, lossKey, ...(loss_scale === undefined ? {} : { loss_scale }) };
}

/** Keys that are handed to the chat template; null says nothing. */
export function extraOf(message: RawObject, own: readonly string[] = []): Pick<DraftMessage, "extra"> {
  const entries = Object.entries(message).filter(
    ([key, value]) => !read.has(key) && !own.includes(key) && value !== null && value !== undefined,
  );
  return entries.length === 0 ? {} : { extra: Object.fromEntries(entries) };
}

export function hasReasoning(extra: RawObject | undefined): boolean {
  return reasoningKeys.some((key) => typeof extra?.[key] === "string" && extra[key] !== "");
}

/** Keys of a call that nothing reads, with their place. */
export function unreadOfCall(call: RawObject, inner: RawObject, at: string): readonly string[] {
  const given = (source: RawObject, known: (key: string) => boolean, place: string): readonly string[] =>
    Object.entries(source).flatMap(([key, value]) =>
      known(key) || value === null || value === undefined ? [] : [`${place}.${key}`],
    );
  if (inner === call) return given(call, (key) => callKeys.has(key) || functionKeys.has(key), at);
  return [
    ...given(call, (key) => callKeys.has(key), at),
    ...given(inner, (key) => functionKeys.has(key), `${at}.function`),
  ];
}

/** Thinking that stands among the parts of a content (Anthropic, Mistral) as what other rows call reasoning. */
export function takeThinking(content: unknown): { readonly content: unknown; readonly thinking: string } {
  if (!Array.isArray(content)) return { content, thinking: "" };
  let thinking = "";
  const rest = (content as readonly unknown[]).filter((part) => {
    const { type, thinking: thought } = (part ?? {}) as RawObject;
    if (type !== "thinking" || typeof thought !== "string") return true;
    thinking += thought;
    return false;
  });
  return thinking === "" ? { content, thinking } : { content: rest.length === 0 ? "" : rest, thinking };
}
