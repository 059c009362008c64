/** Keys that say which rows are read and how. Words of ms-swift's data arguments. */
import * as z from "zod";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";

const paths = z.array(z.string().min(1));

export const dataGroup = defineGroup("Data", {
  dataset: field(
    paths.default([]),
    "Files (jsonl, json, csv, parquet, txt), folders or globs to train on; path#500 takes 500 rows at random, " +
      "repeating them when there are fewer. Of a folder those of the training split are read, where names speak of " +
      "splits; txt only where nothing else is there, a row for each line.",
    { source: "ms-swift" },
  ),
  val_dataset: field(paths.default([]), "Files to evaluate on; the same forms as dataset.", { source: "ms-swift" }),
  split_dataset_ratio: field(
    z.number().min(0).lt(1).default(0),
    "Share of dataset that is held out for evaluation when val_dataset is empty.",
    { source: "ms-swift", unit: "share" },
  ),
  columns: field(
    z.record(z.string(), z.string()).default({}),
    'Renames columns before rows are read, as {"text1": "query", "text2": "response"}.',
    { source: "ms-swift" },
  ),
  strict: field(
    z.boolean().default(false),
    "Stop at the first malformed row. Otherwise such rows are dropped, counted and shown.",
    { source: "ms-swift" },
  ),
  dataset_shuffle: field(
    z.boolean().default(true),
    "Draw the rows in a new order each epoch. The order depends on seed and epoch alone.",
    { source: "ms-swift" },
  ),
});

export const lengthGroup = defineGroup("Length", {
  max_length: field(z.int().min(2).optional(), "Most tokens of one sample.", {
    source: "ms-swift",
    unit: "tokens",
    otherwise: "the model's context length",
  }),
  truncation_strategy: field(
    z.enum(["delete", "left", "right", "raise"]).default("delete"),
    "What to do with samples longer than max_length: drop and count them, cut the left or the right end, or stop.",
    { source: "ms-swift" },
  ),
  packing: field(
    z.boolean().default(false),
    "Fill rows of max_length with several samples that do not see each other. Fewer, fuller steps: look at " +
      "gradient_accumulation_steps again when you turn it on.",
    { source: "ms-swift" },
  ),
  group_by_length: field(
    z.boolean().default(false),
    "Put samples of like length into one batch, for less padding. The longest come first, so that a lack of memory shows at once.",
    { source: "transformers" },
  ),
});
