/** Share of letters and numbers, or letters for a token. Data-Juicer: alphanumeric_filter. */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { arg, keepInRange, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { characterCounts } from "../text/characters.ts";

export const alphanumericFilter = defineFilter({
  name: "alphanumeric_filter",
  summary: "Keeps rows whose share of letters and numbers, or number of letters for a token, is in a range.",
  args: {
    tokenization: arg(
      z.boolean().default(false),
      "Letters for a token of hf_tokenizer, instead of a share of characters.",
    ),
    hf_tokenizer: arg(z.string().min(1).optional(), "Folder of a checkpoint with tokenizer.json, for tokenization."),
    ...rangeArgs("ratio", "share", { min: 0.25 }),
  },
  stats: ["alnum_ratio", "alpha_token_ratio"],
  differs: "With tokenization the tokenizer is a folder that is named; Data-Juicer downloads that of Pythia.",
  create: async (args, tools) => {
    if (!args.tokenization) {
      return {
        stats: ["alnum_ratio"],
        measure: (sample) => {
          const { length, alphanumeric } = sample.view(characterCounts, args.text_key);
          return { alnum_ratio: length === 0 ? 0 : alphanumeric / length };
        },
        keep: keepInRange(args, "ratio", "alnum_ratio"),
      };
    }
    const { hf_tokenizer: folder } = args;
    if (folder === undefined) {
      return fail("E_DATA_OPERATOR", {
        where: "alphanumeric_filter.hf_tokenizer",
        what: "the folder of a tokenizer is needed for tokenization.",
        fix: "Name the folder of a checkpoint that has a tokenizer.json.",
      });
    }
    const { loadTokenizer } = await import("../../../text/load-tokenizer.ts");
    const tokenizer = await loadTokenizer(tools.resolve(folder));
    return {
      stats: ["alpha_token_ratio"],
      measure: (sample) => {
        const tokens = tokenizer.encode(sample.text(args.text_key)).length;
        const { letters } = sample.view(characterCounts, args.text_key);
        return { alpha_token_ratio: tokens === 0 ? 0 : letters / tokens };
      },
      keep: keepInRange(args, "ratio", "alpha_token_ratio"),
    };
  },
});
