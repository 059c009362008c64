/** Number of tokens. Data-Juicer: token_num_filter. */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { arg, keepInRange, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";

export const tokenNumFilter = defineFilter({
  name: "token_num_filter",
  summary: "Keeps rows whose number of tokens is in a range.",
  args: {
    hf_tokenizer: arg(z.string().min(1).optional(), "Folder of a checkpoint with tokenizer.json."),
    ...rangeArgs("num", "number of tokens", { min: 10, integer: true }),
  },
  stats: ["num_token"],
  cost: 30,
  differs: "hf_tokenizer names a folder; nothing is downloaded.",
  create: async (args, tools) => {
    const { hf_tokenizer: folder } = args;
    if (folder === undefined) {
      return fail("E_DATA_OPERATOR", {
        where: "token_num_filter.hf_tokenizer",
        what: "the folder of a tokenizer is needed.",
        fix: "Name the folder of a checkpoint that has a tokenizer.json.",
      });
    }
    const { loadTokenizer } = await import("../../../text/load-tokenizer.ts");
    const tokenizer = await loadTokenizer(tools.resolve(folder));
    return {
      stats: ["num_token"],
      measure: (sample) => ({ num_token: tokenizer.encode(sample.text(args.text_key)).length }),
      keep: keepInRange(args, "num", "num_token"),
    };
  },
});
