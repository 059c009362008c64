/** The steps of a chain, and how they are cut into stages: what needs all rows at once ends one. */
import { internal } from "../../base/errors.ts";
import { operators } from "../operators/index.ts";
import type { Operator } from "../operators/operator.ts";

/** One operator of a recipe with its arguments, checked and filled in by its schema. */
export interface Step {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Its place in the recipe, from 0. */
  readonly place: number;
}

/**
 * Filters and mappers that rows pass one by one, then possibly one operator that looks at all rows. A stage begins
 * with what the operator before it chose.
 */
export interface Stage {
  readonly rowwise: readonly Step[];
  readonly barrier?: Step;
  /** Whether its operators ask a service: then it runs in the main thread. */
  readonly remote: boolean;
}

export function operatorOf(step: { readonly name: string }): Operator {
  return operators.get(step.name) ?? internal(`there is no operator ${step.name}`);
}

const isRowwise = ({ kind }: Operator): boolean => kind === "filter" || kind === "mapper";

export function stagesOf(steps: readonly Step[]): readonly Stage[] {
  const stages: Stage[] = [];
  let rowwise: Step[] = [];
  let remote = false;
  const close = (barrier?: Step): void => {
    stages.push({ rowwise, remote, ...(barrier === undefined ? {} : { barrier }) });
    [rowwise, remote] = [[], false];
  };
  for (const step of steps) {
    const operator = operatorOf(step);
    if (!isRowwise(operator)) {
      // What asks a service runs where nothing can end an operator that hangs: nothing else joins it.
      if (rowwise.length > 0 && operator.remote !== remote) close();
      remote = operator.remote;
      close(step);
      continue;
    }
    if (operator.remote !== remote && rowwise.length > 0) close();
    remote = operator.remote;
    rowwise.push(step);
  }
  if (rowwise.length > 0 || stages.length === 0 || stages.at(-1)?.barrier !== undefined) close();
  return stages;
}

/**
 * The order in which steps run: within filters that follow one another, the cheap and selective first. No mapper is
 * crossed, so that rows and decisions stay the same. Filters with a statistic in common keep their order, since the
 * last one's is written, and so does one that looks at statistics of others. `dropped` is the share of rows that each step dropped in a probe, by place; what drops
 * nothing is judged as if it dropped one row in fifty.
 */
export function runOrder(steps: readonly Step[], dropped: ReadonlyMap<number, number>): readonly Step[] {
  const rank = (step: Step): number => operatorOf(step).cost / Math.max(0.02, dropped.get(step.place) ?? 0);
  const order: Step[] = [];
  let filters: Step[] = [];
  const close = (): void => {
    while (filters.length > 0) {
      const free = filters.filter((step, i) => !filters.slice(0, i).some((before) => bound(before, step)));
      const next = free.reduce((best, step) => (rank(step) < rank(best) ? step : best));
      order.push(next);
      filters = filters.filter((step) => step !== next);
    }
  };
  for (const step of steps) {
    if (operatorOf(step).kind === "filter") filters.push(step);
    else {
      close();
      order.push(step);
    }
  }
  close();
  return order;
}

function bound(a: Step, b: Step): boolean {
  const names = operatorOf(b).stats;
  return readsStats(a) || readsStats(b) || operatorOf(a).stats.some((name) => names.includes(name));
}

/** Conditions on fields can be conditions on what other filters measured. */
const readsStats = ({ args }: Step): boolean => JSON.stringify(args).includes("__dj__stats__");
