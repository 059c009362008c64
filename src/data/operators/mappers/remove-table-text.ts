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
  create: ({ min_col: least, max_col: most }) => {
    const tables = Array.from(
      { length: Math.max(0, most - least + 1) },
      (_, i) => new RegExp(String.raw`(?<=\n)(?:\S+(?:[ |\t]\S+){${least - 1 + i}}\n+){2,}`, "gu"),
    );
    return (text) => tables.reduce((changed, pattern) => changed.replaceAll(pattern, ""), text);
  },
});
