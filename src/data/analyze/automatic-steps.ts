/**
 * What is measured when no recipe says: every filter that has statistics, needs no argument and asks no service, the
 * cheap first (`dj-analyze --auto`). What the rows lack shows when they are measured.
 */
import type { Step } from "../engine/steps.ts";
import { operators } from "../operators/index.ts";

/** `common`: keys of columns for all operators. */
export function automaticSteps(common: Readonly<Record<string, string>>): readonly Step[] {
  return [...operators.values()]
    .filter(({ kind, stats, remote }) => kind === "filter" && stats.length > 0 && !remote)
    .sort((a, b) => a.cost - b.cost || (a.name < b.name ? -1 : 1))
    .flatMap(({ name, schema }, place) => {
      const args = schema.safeParse(common);
      return args.success ? [{ name, args: args.data, place }] : [];
    });
}
