/** Batches back into rows. Data-Juicer: naive_reverse_grouper, which is a mapper here: one row in, several out. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineMapper } from "../operator.ts";
import { splitColumns } from "./columns.ts";

/** What aggregators say of a batch as a whole. */
const BATCH_META = "__dj__batch_meta__";

export const naiveReverseGrouper = defineMapper({
  name: "naive_reverse_grouper",
  summary: "Makes rows again of a row whose columns are lists; what is said of the batch as a whole is dropped.",
  args: {
    batch_meta_export_path: arg(
      z.null().default(null),
      "A file for what is said of batches as a whole is not supported; it is dropped.",
    ),
  },
  differs: "A file for batch_meta cannot be written, since operators write no files.",
  create: () => (sample) => {
    const { [BATCH_META]: _dropped, ...batch } = sample.row;
    return splitColumns(batch, sample.origin);
  },
});
