/** Share of letters and numbers, or letters for each token. Data-Juicer: alphanumeric_filter. */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { loadTokenizer } from "../../../text/load-tokenizer.ts";
import { arg, keepInRange, rangeArgs } from "../args.ts";
import { defineFilter, type Filter } from "../operator.ts";
import { characterCounts } from "../text/characters.ts";
import type { OperatorTools } from "../tools.ts";

export const alphanumericFilter = defineFilter({
  name: "alphanumeric_filter",
  summary: "Keeps rows whose share of letters and numbers is in a range.",
  args: {
    tokenization: arg(
      z.boolean().default(false),
      "Measures letters for each token instead, which hf_tokenizer counts.",
    ),
    hf_tokenizer: arg(z.string().min(1).optional(), "Folder of a checkpoint with tokenizer.json, for tokenization."),
    ...rangeArgs("ratio", "share", { min: 0.25 }),
  },
  stats: ["alnum_ratio", "alpha_token_ratio"],
  differs:
    "With tokenization, hf_tokenizer must name the tokenizer; Data-Juicer fetches EleutherAI/pythia-6.9b-deduped.",
  create: async (args, tools): Promise<Filter> => {
    if (args.tokenization) return lettersPerToken(args, tools);
    return {
      stats: ["alnum_ratio"],
      measure: (sample) => {
        const { length, alphanumeric } = sample.view(characterCounts, args.text_key);
        return { alnum_ratio: length === 0 ? 0 : alphanumeric / length };
      },
      keep: keepInRange(args, "ratio", "alnum_ratio"),
    };
  },
});

type Args = Parameters<typeof keepInRange>[0] & {
  readonly hf_tokenizer?: string | undefined;
  readonly text_key: string;
};

async function lettersPerToken(args: Args, tools: OperatorTools): Promise<Filter> {
  if (args.hf_tokenizer === undefined) {
    return fail("E_DATA_OPERATOR", {
      where: "alphanumeric_filter.hf_tokenizer",
      what: "tokenization needs the folder of a tokenizer.",
      fix: "Name it: --alphanumeric_filter.hf_tokenizer=FOLDER.",
    });
  }
  const tokenizer = await loadTokenizer(tools.resolve(args.hf_tokenizer));
  return {
    stats: ["alpha_token_ratio"],
    measure: (sample) => {
      const tokens = tokenizer.encode(sample.text(args.text_key)).length;
      const { letters } = sample.view(characterCounts, args.text_key);
      return { alpha_token_ratio: tokens === 0 ? 0 : letters / tokens };
    },
    keep: keepInRange(args, "ratio", "alpha_token_ratio"),
  };
}
