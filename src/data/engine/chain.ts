/**
 * A chain: the row-by-row operators of one stage, made ready, and what they do to a block. Runs in a worker, or in
 * the main thread for operators that ask a service. Rows are worked on in order; a bad row is set aside, not thrown.
 */
import { internal } from "../../base/errors.ts";
import type { Grouper } from "../operators/operator.ts";
import type { LookPlan, Missed } from "../analyze/look-at-block.ts";
import type { OperatorTools } from "../operators/tools.ts";
import { finalLines, packKeys, spilledLines } from "./block-lines.ts";
import type { BadRow, BlockResult } from "./block-result.ts";
import type { Block } from "./block.ts";
import { linesOf, type Item } from "./item.ts";
import { readyBarrier, readySteps, type ReadyBarrier, type ReadyStep } from "./ready-steps.ts";
import { badRow, newOutcome, workOnRow, type BlockWork, type Outcome } from "./row-work.ts";
import type { Step } from "./steps.ts";
import type { TraceEntry } from "./trace.ts";

/** What a chain does, as plain data that can be sent to a worker. */
export interface ChainPlan {
  /** In the order of the recipe. */
  readonly steps: readonly Step[];
  readonly barrier?: Step;
  /** What its blocks hold: rows of files, rows that a stage wrote, or one batch that a grouper makes of a block. */
  readonly input: "rows" | "spilled" | { readonly batch: Step };
  /** The last stage writes rows as they are, others with what is known of them. */
  readonly last: boolean;
  readonly keepStats: boolean;
  /** Whether rows have a column of their file's suffix, for operators that look at it. */
  readonly addSuffix: boolean;
  /** How many changes and drops of each operator to note in each block. */
  readonly traceRows: number;
  /** A run that only looks: filters measure and drop nothing, and rows end in a summary of their block. */
  readonly look?: LookPlan;
}

export interface Chain {
  readonly process: (block: Block, options?: ProcessBlockOptions) => Promise<BlockResult>;
}

export interface ProcessBlockOptions {
  /** Told the row, the step and the length of the row before each is worked on. */
  readonly tick?: BlockWork["tick"];
  /** Rows to be left out, by number in the block, with the reason: an operator hung on them. */
  readonly skip?: BlockWork["skip"];
  /** Numbers of the steps in the order in which they run; default that of the plan. */
  readonly order?: readonly number[];
  /** Filters drop nothing: `counts` then say how much each would drop. */
  readonly probe?: boolean;
  /** Rows that are worked on at one time; more than one only helps operators that wait. Default 1. */
  readonly concurrency?: number;
}

/** @throws what the operators throw when they are made ready */
export async function createChain(plan: ChainPlan, tools: OperatorTools): Promise<Chain> {
  const ready = await readySteps(plan.steps, tools);
  const barrier = plan.barrier === undefined ? undefined : await readyBarrier(plan.barrier, tools);
  const grouper = typeof plan.input === "string" ? undefined : await readyBarrier(plan.input.batch, tools);
  const looking = plan.look === undefined ? undefined : await readyLook(plan.look);
  // What a stage has chosen and nothing more is done to: its rows need not be read to be written.
  const unread =
    plan.input === "spilled" &&
    plan.last &&
    !plan.keepStats &&
    ready.length === 0 &&
    barrier === undefined &&
    looking === undefined;
  const statNames = ready.flatMap((step) => (step.kind === "filter" ? step.filter.stats : []));

  return {
    process: async (block, { tick, skip, order, probe = false, concurrency = 1 } = {}) => {
      const traces: TraceEntry[] = [];
      const missed = new Map<string, Missed>();
      const work: BlockWork = {
        steps: order === undefined ? ready : order.map((number) => ready[number] as ReadyStep),
        barrier: probe ? undefined : barrier,
        counts: ready.map((): [number, number] => [0, 0]),
        tick,
        skip,
        probe,
        miss: looking === undefined ? undefined : missInto(missed),
        note: plan.traceRows === 0 ? undefined : noteInto(traces, ready, plan.traceRows),
      };
      const read = linesOf(block, { spilled: plan.input !== "rows", addSuffix: plan.addSuffix, unread });
      const bad: BadRow[] = block.faults.map(({ line, reason }) => ({ file: block.file, line, reason }));
      bad.push(...read.bad);
      const rows = grouper === undefined ? read.items : mergeItems(read.items, grouper, bad);
      // Statistics are written in the order of the recipe, whatever the order in which filters ran.
      if (order !== undefined) for (const { stats } of rows) for (const name of statNames) stats[name] ??= undefined;
      const outcome = await workOnRows(rows, work, concurrency);
      bad.push(...outcome.bad);
      return {
        index: block.index,
        rowsIn: read.items.length + read.bad.length + block.faults.length,
        rowsOut: outcome.items.length,
        ...(looking === undefined ? linesOut(outcome.items, plan) : await looking(outcome.items, [...missed.values()])),
        ...(work.barrier === undefined ? {} : packKeys(outcome.keys, work.barrier)),
        bad: plan.input === "rows" ? bad.sort((a, b) => a.line - b.line) : bad,
        counts: work.counts,
        traces,
      };
    },
  };
}

/** Counts rows that a filter cannot measure, by filter, with the first of them. */
function missInto(missed: Map<string, Missed>): BlockWork["miss"] {
  return (item, operator, error) => {
    const { reason } = badRow(item, operator, error);
    const known = missed.get(operator) ?? { operator, count: 0, reason, origin: item.origin };
    missed.set(operator, { ...known, count: known.count + 1 });
  };
}

const linesOut = (items: readonly Item[], { last, keepStats }: ChainPlan) =>
  last ? finalLines(items, keepStats) : spilledLines(items);

const NOTHING = { bytes: new Uint8Array(), stats: new Uint8Array(), lengths: new Uint32Array(), measured: false };

/** What a look needs is loaded for runs that only look. */
async function readyLook(plan: LookPlan) {
  const { lookAtBlock } = await import("../analyze/look-at-block.ts");
  return async (items: readonly Item[], missed: readonly Missed[]) => ({
    ...NOTHING,
    look: await lookAtBlock(items, plan, missed),
  });
}

/** Keeps the first `most` examples of each step. */
function noteInto(traces: TraceEntry[], steps: readonly ReadyStep[], most: number): BlockWork["note"] {
  const noted = steps.map(() => 0);
  return ({ place, number }, entry) => {
    if ((noted[number] as number) >= most) return;
    noted[number] = (noted[number] as number) + 1;
    traces.push({ place, ...entry() });
  };
}

/** Works on rows with several under way; what comes of them is in the order of the rows. */
async function workOnRows(rows: readonly Item[], work: BlockWork, concurrency: number): Promise<Outcome> {
  const all = newOutcome();
  if (concurrency === 1) {
    for (const [number, item] of rows.entries()) await workOnRow(item, number, work, all);
    return all;
  }
  const outcomes: Outcome[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let number = next++; number < rows.length; number = next++) {
      const outcome = newOutcome();
      outcomes[number] = outcome;
      await workOnRow(rows[number] as Item, number, work, outcome);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  for (const { items, keys, bad } of outcomes) {
    all.items.push(...items);
    all.keys.push(...keys);
    all.bad.push(...bad);
  }
  return all;
}

/** The one row of a batch; rows that cannot be merged are bad. */
function mergeItems(items: readonly Item[], { name, ready }: ReadyBarrier, bad: BadRow[]): readonly Item[] {
  const [first] = items;
  if (first === undefined) return internal("a batch has rows");
  try {
    const row = (ready as Grouper).merge(items.map((item) => item.row));
    const parents = items.map(({ origin }) => origin);
    return [{ ...first, row, given: undefined, stats: {}, operators: [name], parents }];
  } catch (error) {
    bad.push(...items.map((item) => badRow(item, name, error)));
    return [];
  }
}
