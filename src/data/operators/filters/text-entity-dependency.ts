/** Whether entities depend on something, or something on them. Data-Juicer: text_entity_dependency_filter. */
import * as z from "zod";
import { arg, rangeTest } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { entityEdges } from "../text/english-dependencies.ts";
import { englishArg, loadEnglish, requireEnglish } from "../text/english.ts";

export const textEntityDependencyFilter = defineFilter({
  name: "text_entity_dependency_filter",
  summary: "Keeps rows in which entities (nouns and personal pronouns) have enough edges to other words.",
  args: {
    lang: englishArg,
    min_dependency_num: arg(z.number().int().default(1), "Least number of edges of an entity that depends."),
    any_or_all: arg(
      z.enum(["any", "all"]).default("all"),
      "Whether one entity that depends is enough, or every one has to. Rows without entities are dropped.",
    ),
  },
  stats: ["num_dependency_edges"],
  cost: 60,
  differs:
    "English alone. Edges follow from the phrases that the package compromise finds (text/english-dependencies.ts " +
    "has the rules) instead of spaCy's parser: 99 in 100 texts are judged alike at the default, 92 to 99 where two or " +
    "three edges are asked for.",
  create: async (args) => {
    requireEnglish("text_entity_dependency_filter", args.lang);
    const english = await loadEnglish();
    const depends = rangeTest(args, "dependency_num");
    return {
      stats: ["num_dependency_edges"],
      measure: (sample) => ({ num_dependency_edges: sample.view(english, args.text_key).flatMap(entityEdges) }),
      keep: (stats) => {
        const edges = stats["num_dependency_edges"] as readonly number[];
        if (edges.length === 0) return false;
        return args.any_or_all === "any" ? edges.some(depends) : edges.every(depends);
      },
    };
  },
});
