/** What a row asks for: the first message of a conversation that is no system message. */
import { shapes } from "../shapes/index.ts";
import type { RawObject } from "../shapes/shape.ts";

/** Undefined for rows that are no conversation, or that begin with an answer. */
export function instructionOf(row: RawObject): string | undefined {
  const drafts = shapes.find((shape) => shape.matches(row))?.draft(row, "sft");
  if (drafts === undefined || "reason" in drafts) return undefined;
  const first = drafts.find(({ role }) => role !== "system");
  const { role, content } = first ?? {};
  return typeof content === "string" && role !== "assistant" && role !== "gpt" && content.trim() !== ""
    ? content
    : undefined;
}
