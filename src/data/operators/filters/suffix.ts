/** Suffix of the file that a row came from. Data-Juicer: suffix_filter. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineFilter } from "../operator.ts";

export const suffixFilter = defineFilter({
  name: "suffix_filter",
  summary: "Keeps rows from files with given suffixes.",
  args: {
    suffixes: arg(
      z.union([z.string(), z.array(z.string())]).default([]),
      "Suffixes, for example .txt; none keeps all.",
    ),
  },
  create: ({ suffixes, reversed_range: reversed }) => {
    const wanted = new Set(typeof suffixes === "string" ? [suffixes] : suffixes);
    return {
      stats: [],
      measure: () => ({}),
      keep: (_stats, sample) =>
        wanted.size === 0 || wanted.has(String(sample.field("__dj__suffix__") ?? "")) !== reversed,
    };
  },
});
