/** Keys of `data ngram`: what an n-gram language model is trained on, and how. */
import * as z from "zod";
import { parseBytes } from "./byte-size.ts";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";
import { overwriteField } from "./output.ts";
import { defineRecipe } from "./recipe.ts";

const ngramGroup = defineGroup("N-grams", {
  dataset: field(z.array(z.string().min(1)).default([]), "Files, folders or globs of rows with good texts."),
  export_path: field(z.string().min(1).optional(), "File of the result: .arpa, or .arpa.gz.", { otherwise: "needed" }),
  overwrite: overwriteField,
  order: field(z.int().min(2).max(6).default(3), "Words of the longest n-grams.", { unit: "words" }),
  tokenizer: field(
    z.string().min(1).optional(),
    "Folder with a tokenizer.json: the model is made of its tokens, for languages without spaces.",
    { otherwise: "words at blanks" },
  ),
  text_keys: field(z.string().min(1).default("text"), "Column of the texts."),
  prune: field(
    z.array(z.int().min(0)).default([]),
    "By order from 1, n-grams that occur as often or less are left out: 0 0 1 leaves out trigrams that occur once. The " +
      "last number stands for all orders after it.",
    { source: "lmplz" },
  ),
  max_memory: field(z.string().default("2GiB"), "Memory that the counts may take; more ends the training."),
});

export const dataNgramRecipe = defineRecipe({
  verb: "data ngram",
  groups: [ngramGroup],
  shape: ngramGroup.shape,
  positional: "dataset",
  finish: (args, report) => {
    if (args.dataset.length === 0) report("dataset", "is needed: a file of rows, for example good.jsonl.");
    if (args.export_path === undefined) report("export_path", "is needed: the file of the model, for example en.arpa.");
    else if (!/\.arpa(?:\.gz)?$/.test(args.export_path)) report("export_path", "must end with .arpa or .arpa.gz.");
    const { prune } = args;
    if ((prune[0] ?? 0) !== 0) report("prune", "must begin with 0: words themselves are not left out.");
    if (prune.length > args.order) report("prune", `has ${prune.length} numbers, the order is ${args.order}.`);
    if (prune.some((least, i) => i > 0 && least < (prune[i - 1] as number))) {
      report("prune", "must not get smaller: a longer n-gram cannot stay without the shorter ones in it.");
    }
    const maxMemory = parseBytes(args.max_memory, (problem) => report("max_memory", problem));
    return { ...args, export_path: args.export_path ?? "", maxMemory };
  },
});
