/** Which column holds the text, for files that neither have the column asked for nor are conversations. */
import { linesOf } from "../engine/item.ts";
import type { Block } from "../engine/block.ts";
import { conversationTexts } from "../operators/conversation-texts.ts";
import { fieldOf } from "../operators/sample.ts";

const ROWS = 200;

/**
 * The column of texts with most characters in the first rows, or undefined when there is none, or none is needed: a
 * row has the column asked for, or is a conversation.
 */
export function textColumnOf(block: Block, asked: string): string | undefined {
  const characters = new Map<string, number>();
  for (const { row } of linesOf(block).items.slice(0, ROWS)) {
    if (typeof fieldOf(row, asked) === "string" || conversationTexts(row).length > 0) return undefined;
    for (const [name, value] of Object.entries(row)) {
      if (typeof value === "string") characters.set(name, (characters.get(name) ?? 0) + value.length);
    }
  }
  const [best] = [...characters].sort(([, a], [, b]) => b - a);
  return best?.[0];
}
