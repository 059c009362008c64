/**
 * What is measured when no recipe says: every filter that has statistics, needs no argument and asks no service, the
 * cheap first (`dj-analyze --auto`). What the rows lack shows when they are measured. Those that read a text word by
 * word with a tagger take a hundred times as long as the rest together: a recipe has to name them.
 */
import type { Step } from "../engine/steps.ts";
import { operators } from "../operators/index.ts";

const SLOW = 50;

/** `common`: keys of columns for all operators. */
export function automaticSteps(common: Readonly<Record<string, string>>): readonly Step[] {
  return [...operators.values()]
    .filter(({ kind, stats, remote, cost }) => kind === "filter" && stats.length > 0 && !remote && cost < SLOW)
    .sort((a, b) => a.cost - b.cost || (a.name < b.name ? -1 : 1))
    .flatMap(({ name, schema }, place) => {
      const args = schema.safeParse(common);
      return args.success ? [{ name, args: args.data, place }] : [];
    });
}
