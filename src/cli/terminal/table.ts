/** Rows and columns as text. Numbers to the right, words to the left; a head is underlined. */
import { displayWidth, type Paint } from "./paint.ts";

export interface TableOptions {
  readonly head?: readonly string[];
  /** Columns to put to the right, by number. */
  readonly right?: readonly number[];
  readonly paint: Paint;
}

export function table(rows: readonly (readonly string[])[], options: TableOptions): readonly string[] {
  const { head, right = [], paint } = options;
  const all = head === undefined ? rows : [head, ...rows];
  const widths: number[] = [];
  for (const row of all) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, displayWidth(cell));
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => {
        const space = " ".repeat((widths[i] ?? 0) - displayWidth(cell));
        return right.includes(i) ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd();
  const lines = rows.map(line);
  if (head === undefined) return lines;
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [paint("bold", line(head)), paint("dim", rule), ...lines];
}
