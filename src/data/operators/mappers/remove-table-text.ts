/** Tables in plain text. Data-Juicer: remove_table_text_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineTextMapper } from "../operator.ts";

const columns = z.number().int().min(2).max(20);

export const removeTableTextMapper = defineTextMapper({
  name: "remove_table_text_mapper",
  summary: "Removes tables: two lines or more with the same number of columns.",
  args: {
    min_col: arg(columns.default(2), "Least columns of a table."),
    max_col: arg(columns.default(20), "Most columns of a table."),
  },
  cost: 20,
  create:
    ({ min_col: least, max_col: most }) =>
    (text) => {
      let changed = text;
      for (let columns = least; columns <= most; columns++) changed = withoutTables(changed, columns);
      return changed;
    },
});

/**
 * Lines that could be rows of so many columns, two or more below one another with or without empty lines between, go
 * with the line ends behind them. The first line stays, and the last where no line end follows. Told line by line, since
 * as a regular expression a single long line with bars would be tried in every way of choosing some of them.
 */
function withoutTables(text: string, columns: number): string {
  const lines = text.split("\n");
  const kept: string[] = [lines[0] as string];
  let at = 1;
  while (at < lines.length) {
    let rows = 0;
    let end = at;
    while (end < lines.length - 1 && (lines[end] === "" ? rows > 0 : isRow(lines[end] as string, columns))) {
      if (lines[end] !== "") rows++;
      end++;
    }
    if (rows >= 2) {
      // What is left of the blank lines belongs to the table.
      at = end;
      continue;
    }
    kept.push(lines[at] as string);
    at++;
  }
  return kept.join("\n");
}

/** Whether a line can be read as cells: every blank or tab between words parts them, and as many bars as are needed. */
function isRow(line: string, columns: number): boolean {
  const words = line.split(/[ \t]/);
  if (words.length > columns || words.some((word) => word === "" || /\p{White_Space}/u.test(word))) return false;
  let most = words.length;
  for (const word of words) {
    // A bar that parts cells has something on either side, which may be a bar itself.
    for (let i = 1; i < word.length - 1; i++) {
      if (word[i] !== "|") continue;
      most++;
      i++;
    }
  }
  return columns <= most;
}
