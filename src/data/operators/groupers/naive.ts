/** All rows as one batch. Data-Juicer: naive_grouper. */
import { defineGrouper } from "../operator.ts";
import { mergeRows } from "./columns.ts";

export const naiveGrouper = defineGrouper({
  name: "naive_grouper",
  summary: "Makes one row of all rows, whose columns are lists.",
  args: {},
  create: () => ({ key: () => "", merge: mergeRows }),
});
