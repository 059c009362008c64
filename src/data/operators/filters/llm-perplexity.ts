/** How surprised a language model is by a text or a response. Data-Juicer: llm_perplexity_filter. */
import { keepInRange, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { createLoss } from "../scoring/loss.ts";
import { createTurns, scorerArgs } from "../scoring/turns.ts";

const name = "llm_perplexity_filter";

export const llmPerplexityFilter = defineFilter({
  name,
  summary: "Keeps rows whose response has a perplexity in a range: exp of the mean loss of its tokens after the query.",
  args: { ...scorerArgs, ...rangeArgs("score", "perplexity", { min: 1, max: 100 }) },
  stats: ["llm_perplexity"],
  cost: 1000,
  remote: true,
  differs: "The model of the run scores, whatever hf_model says. A row without response is a bad row.",
  create: (args, tools) => {
    const turnsOf = createTurns(name, args);
    const loss = createLoss(name, tools);
    return {
      stats: ["llm_perplexity"],
      measure: async (sample) => ({ llm_perplexity: Math.exp(await loss(turnsOf(sample), sample.origin)) }),
      keep: keepInRange(args, "score", "llm_perplexity"),
    };
  },
});
