/**
 * How much a row helps a model as an example before rows of a task: the mean over those rows of the loss of their
 * response without the example over the loss with it. Above 1 it helps. Data-Juicer: in_context_influence_filter.
 */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { arg, keepInRange, rangeArgs } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { createLoss } from "../scoring/loss.ts";
import { createTurns, scorerArgs } from "../scoring/turns.ts";
import { readValidRows, validDatasetArg } from "../scoring/valid-rows.ts";

const name = "in_context_influence_filter";

export const inContextInfluenceFilter = defineFilter({
  name,
  summary: "Keeps rows whose influence as an example in the context of a task's rows is in a range.",
  args: {
    valid_dataset: validDatasetArg,
    task_desc: arg(z.string().nullish(), "Description of the task, before the query of each row compared with."),
    valid_as_demo: arg(
      z.boolean().default(false),
      "The other way round: how much the task's rows as examples help the response of this row.",
    ),
    n_shot: arg(z.number().int().min(1).nullish(), "How many of the rows to compare with are used; all when absent."),
    ...scorerArgs,
    ...rangeArgs("score", "influence", { min: 1, max: 100 }),
  },
  stats: ["in_context_influence"],
  cost: 5000,
  remote: true,
  differs:
    "The model of the run scores, whatever hf_model says. valid_dataset may be a file. A row without response, or whose " +
    "response has no loss at all, is a bad row.",
  create: async (args, tools) => {
    const turnsOf = createTurns(name, args);
    const loss = createLoss(name, tools);
    const rows = await readValidRows(name, args.valid_dataset, tools, args.n_shot ?? undefined);
    const tasks = rows.map((row) => ({ origin: row.origin, turns: turnsOf(row, args.task_desc) }));
    const alone = args.valid_as_demo ? [] : await Promise.all(tasks.map(({ turns, origin }) => loss(turns, origin)));
    return {
      stats: ["in_context_influence"],
      measure: async (sample) => {
        const turns = turnsOf(sample);
        const { origin } = sample;
        const both = tasks.map((task) => (args.valid_as_demo ? [...task.turns, ...turns] : [...turns, ...task.turns]));
        const [own, after] = await Promise.all([
          args.valid_as_demo ? loss(turns, origin) : undefined,
          Promise.all(both.map((texts) => loss(texts, origin))),
        ]);
        const ratios = after.map((shown, i) => ratio(own ?? (alone[i] as number), shown, origin));
        return { in_context_influence: ratios.reduce((a, b) => a + b, 0) / ratios.length };
      },
      keep: keepInRange(args, "score", "in_context_influence"),
    };
  },
});

/** Loss without the example over loss with it. */
function ratio(without: number, shown: number, origin: string): number {
  if (shown > 0) return without / shown;
  return fail("E_DATA_ROW", { where: origin, what: "a response is certain after the example: no ratio." });
}
