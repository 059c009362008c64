/**
 * How little a query helps a model to its response: loss of the response after the query over its loss alone (Li et al.
 * 2023, arXiv 2308.12032, equation 3). Above 1 the query misleads. Data-Juicer: instruction_following_difficulty_filter.
 */
import { fail } from "../../../base/errors.ts";
import { keepInRange, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { createLoss } from "../scoring/loss.ts";
import { createTurns, scorerArgs } from "../scoring/turns.ts";

const name = "instruction_following_difficulty_filter";

export const instructionFollowingDifficultyFilter = defineFilter({
  name,
  summary:
    "Keeps rows whose instruction-following difficulty is in a range: loss after the query over loss without it.",
  args: { ...scorerArgs, ...rangeArgs("score", "difficulty", { min: 1, max: 100 }) },
  stats: ["ifd_score"],
  cost: 2000,
  remote: true,
  differs:
    "The model of the run scores, whatever hf_model says. A row without query is a bad row, where Data-Juicer gives 1; " +
    "so is one whose response has no loss at all.",
  create: (args, tools) => {
    const turnsOf = createTurns(name, args);
    const loss = createLoss(name, tools);
    return {
      stats: ["ifd_score"],
      measure: async (sample) => {
        const turns = turnsOf(sample);
        if (turns.slice(0, -1).every((turn) => turn.trim() === "")) {
          fail("E_DATA_ROW", {
            where: sample.origin,
            what: "there is no query before the response.",
            fix: "Give rows of messages, or name the columns with query_template and response_template.",
          });
        }
        const [after, alone] = await Promise.all([loss(turns, sample.origin), loss(turns.slice(-1), sample.origin)]);
        if (alone === 0) {
          fail("E_DATA_ROW", { where: sample.origin, what: "the response is certain without the query: no ratio." });
        }
        return { ifd_score: after / alone };
      },
      keep: keepInRange(args, "score", "ifd_score"),
    };
  },
});
