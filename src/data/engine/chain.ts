/**
 * A chain: the row-by-row operators of one stage, made ready, and what they do to a block. Runs in a worker, or in
 * the main thread for operators that ask a service. Rows are worked on in order; a bad row is set aside, not thrown.
 */
import { internal, isTunesmithError } from "../../base/errors.ts";
import type { Deduplicator, Filter, Grouper, Mapper, Selector, StatValue } from "../operators/operator.ts";
import { createSample } from "../operators/sample.ts";
import type { OperatorTools } from "../operators/tools.ts";
import { isObject, show, type RawObject } from "../shapes/shape.ts";
import { lookAtBlock, type BlockLook, type LookPlan, type Missed } from "../analyze/look-at-block.ts";
import type { Block } from "./block.ts";
import { linesOf, spillLine, type Item } from "./item.ts";
import { operatorOf, type Step } from "./steps.ts";
import type { TraceEntry } from "./trace.ts";

/** What a chain does, as plain data that can be sent to a worker. */
export interface ChainPlan {
  /** In the order in which they run. */
  readonly steps: readonly Step[];
  readonly barrier?: Step;
  /** What its blocks hold: rows of files, rows that a stage wrote, or one batch that a grouper makes of a block. */
  readonly input: "rows" | "spilled" | { readonly batch: Step };
  /** The last stage writes rows as they are, others with what is known of them. */
  readonly last: boolean;
  readonly keepStats: boolean;
  /** Columns to be added from the file's name for operators that look at it. */
  readonly addSuffix: boolean;
  /** How many changes and drops of each operator to note in each block. */
  readonly traceRows: number;
  /** A run that only looks: filters measure and drop nothing, and rows end in a summary of their block. */
  readonly look?: LookPlan;
}

/** A row that is no row, or that an operator could not work on. */
export interface BadRow {
  readonly file: string;
  readonly line: number;
  readonly operator?: string;
  readonly reason: string;
  /** The row as it was read, when it could be parsed; else its text, or its bytes in base64. */
  readonly row?: unknown;
  readonly text?: string;
  readonly base64?: string;
}

export interface BlockResult {
  readonly index: number;
  /** Rows that came, good or bad. */
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly bytes: Uint8Array;
  /** Bytes of each line, line end included; for stages that are not the last. */
  readonly lengths: Uint32Array;
  /** Statistics and tags of each row as JSON lines; for the last stage, when there are any. */
  readonly stats: Uint8Array;
  /** For a deduplicator: all keys, and for each row whether it has one. */
  readonly keys?: Uint8Array;
  readonly present?: Uint8Array;
  /** For a selector or grouper: the value of each row. */
  readonly values?: readonly unknown[];
  readonly bad: readonly BadRow[];
  /** Rows into and out of each step, by its place in `steps`. */
  readonly counts: readonly (readonly [number, number])[];
  readonly traces: readonly TraceEntry[];
  /** In a run that only looks. */
  readonly look?: BlockLook;
}

interface ReadyFilter {
  readonly kind: "filter";
  readonly name: string;
  readonly filter: Filter;
  /** Statistics that came with the row are taken only before any mapper has changed it. */
  readonly trusting: boolean;
}

interface ReadyMapper {
  readonly kind: "mapper";
  readonly name: string;
  readonly map: Mapper;
}

export interface Chain {
  /** `tick` is told the row (by its number in the block) and the step before each is worked on. */
  readonly process: (block: Block, options?: ProcessBlockOptions) => Promise<BlockResult>;
}

export interface ProcessBlockOptions {
  readonly tick?: (row: number, step: number) => void;
  /** Rows to be left out, with the reason: an operator hung on them. */
  readonly skip?: ReadonlyMap<number, { readonly operator: string; readonly reason: string }>;
  /** Rows that are worked on at one time; more than one only helps operators that wait. Default 1. */
  readonly concurrency?: number;
}

/** What became of one row. */
interface Outcome {
  readonly items: readonly Item[];
  /** What the barrier wants to know, one for each item. */
  readonly keys: readonly unknown[];
  readonly bad: readonly BadRow[];
}

/** @throws what the operators throw when they are made ready */
export async function createChain(plan: ChainPlan, tools: OperatorTools): Promise<Chain> {
  const steps = await readySteps(plan, tools);
  const barrier = plan.barrier === undefined ? undefined : await readyBarrier(plan.barrier, tools);
  const grouper = typeof plan.input === "string" ? undefined : await readyBarrier(plan.input.batch, tools);

  return {
    process: async (block, { tick, skip, concurrency = 1 } = {}) => {
      const counts = steps.map((): [number, number] => [0, 0]);
      const traces: TraceEntry[] = [];
      const traced = steps.map(() => 0);
      const missed = new Map<string, Missed>();
      const bad: BadRow[] = block.faults.map(({ line, reason }) => ({ file: block.file, line, reason }));
      const read = linesOf(block, plan.input !== "rows", plan.addSuffix);
      bad.push(...read.bad);
      const rows =
        grouper === undefined ? read.items : [mergeItems(read.items, grouper.kind, grouper.ready as Grouper)];

      const note = (step: number, entry: () => Omit<TraceEntry, "place">): void => {
        if ((traced[step] as number) >= plan.traceRows) return;
        traced[step] = (traced[step] as number) + 1;
        traces.push({ place: (plan.steps[step] as Step).place, ...entry() });
      };

      const run = async (item: Item, number: number): Promise<Outcome> => {
        const outcome: { readonly items: Item[]; readonly keys: unknown[]; readonly bad: BadRow[] } = {
          items: [],
          keys: [],
          bad: [],
        };
        const skipped = skip?.get(number);
        if (skipped !== undefined) {
          outcome.bad.push({ ...placeOf(item), ...skipped, row: item.row });
          return outcome;
        }
        const pending: { readonly item: Item; readonly step: number }[] = [{ item, step: 0 }];
        for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
          let at = next.step;
          try {
            let current = next.item;
            let sample = createSample(current.row, current.origin, current.stats);
            let alive = true;
            for (; alive && at < steps.length; at++) {
              const step = steps[at] as ReadyFilter | ReadyMapper;
              const count = counts[at] as [number, number];
              tick?.(number, at);
              count[0]++;
              if (step.kind === "filter") {
                if (!step.trusting || !hasAll(current.stats, step.filter.stats)) {
                  try {
                    const measured = step.filter.measure(sample);
                    Object.assign(current.stats, measured instanceof Promise ? await measured : measured);
                  } catch (error) {
                    if (plan.look === undefined) throw error;
                    noteMissed(missed, badRow(current, step.name, error), current.origin, step.name);
                  }
                }
                alive = plan.look !== undefined || step.filter.keep(current.stats, sample);
                if (alive) count[1]++;
                else if (plan.traceRows > 0) {
                  const { row, stats, origin } = current;
                  note(at, () => ({ kind: "dropped", origin, row, stats: pick(stats, step.filter.stats) }));
                }
                continue;
              }
              const made = step.map(sample);
              const mapped = made instanceof Promise ? await made : made;
              if (Array.isArray(mapped)) {
                const list = mapped as readonly RawObject[];
                count[1] += list.length;
                const before = current;
                note(at, () => ({ kind: "split", origin: before.origin, row: before.row, after: list }));
                const children = list.map((row, i) => child(before, row, step.name, i));
                for (const item of children.toReversed()) pending.push({ item, step: at + 1 });
                alive = false;
              } else {
                count[1]++;
                const row = mapped as RawObject;
                if (row !== current.row) {
                  const before = current;
                  note(at, () => ({ kind: "changed", origin: before.origin, row: before.row, after: row }));
                  current = changed(before, row, step.name);
                  sample = createSample(row, current.origin, current.stats);
                }
              }
            }
            if (!alive) continue;
            if (barrier !== undefined) {
              tick?.(number, at);
              const key = barrier.ready.key(sample);
              outcome.keys.push(key instanceof Promise ? await key : key);
            }
            outcome.items.push(current);
          } catch (error) {
            outcome.bad.push(badRow(next.item, (steps[at] ?? barrier)?.name, error));
          }
        }
        return outcome;
      };

      const outcomes = await inOrder(rows, run, concurrency);
      const items = outcomes.flatMap((outcome) => outcome.items);
      bad.push(...outcomes.flatMap((outcome) => outcome.bad));
      const keys = outcomes.flatMap((outcome) => outcome.keys);
      return {
        index: block.index,
        rowsIn: read.items.length + read.bad.length + block.faults.length,
        rowsOut: items.length,
        ...(await outputOf(items, plan, [...missed.values()])),
        ...(barrier === undefined ? {} : packKeys(keys, barrier)),
        bad: bad.sort((a, b) => a.line - b.line),
        counts,
        traces,
      };
    },
  };
}

async function readySteps(plan: ChainPlan, tools: OperatorTools): Promise<readonly (ReadyFilter | ReadyMapper)[]> {
  const ready: (ReadyFilter | ReadyMapper)[] = [];
  let trusting = plan.input === "rows";
  for (const { name, args } of plan.steps) {
    const operator = operatorOf({ name });
    if (operator.kind === "filter") {
      ready.push({ kind: "filter", name, filter: await operator.create(args, tools), trusting });
    } else if (operator.kind === "mapper") {
      ready.push({ kind: "mapper", name, map: await operator.create(args, tools) });
      trusting = false;
    } else internal(`${name} is no step of a chain`);
  }
  return ready;
}

interface ReadyBarrier {
  readonly kind: string;
  readonly name: string;
  readonly ready: Deduplicator | Selector | Grouper;
}

export async function readyBarrier(step: Step, tools: OperatorTools): Promise<ReadyBarrier> {
  const operator = operatorOf(step);
  if (operator.kind === "filter" || operator.kind === "mapper") return internal(`${step.name} is no barrier`);
  return { kind: operator.kind, name: step.name, ready: await operator.create(step.args, tools) };
}

/** Works on rows with several under way, and gives their outcomes in the order of the rows. */
async function inOrder(
  rows: readonly Item[],
  run: (item: Item, number: number) => Promise<Outcome>,
  concurrency: number,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  if (concurrency === 1) {
    for (const [number, item] of rows.entries()) outcomes.push(await run(item, number));
    return outcomes;
  }
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let number = next++; number < rows.length; number = next++) {
      outcomes[number] = await run(rows[number] as Item, number);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return outcomes;
}

const hasAll = (stats: Item["stats"], names: readonly string[]): boolean =>
  names.length > 0 && names.every((name) => stats[name] !== undefined);

const pick = (stats: Item["stats"], names: readonly string[]): Record<string, StatValue> =>
  Object.fromEntries(names.flatMap((name) => (stats[name] === undefined ? [] : [[name, stats[name]]])));

function changed(item: Item, row: RawObject, operator: string): Item {
  return { ...item, row, raw: undefined, operators: [...item.operators, operator] };
}

function child(item: Item, row: RawObject, operator: string, number: number): Item {
  const origin = `${item.origin}#${number + 1}`;
  const parents = [item.origin];
  return { ...changed(item, row, operator), stats: { ...item.stats }, origin, parents };
}

function mergeItems(items: readonly Item[], name: string, grouper: Grouper): Item {
  const [first] = items;
  if (first === undefined) return internal("a batch has rows");
  return {
    ...first,
    row: grouper.merge(items.map(({ row }) => row)),
    raw: undefined,
    stats: {},
    operators: [name],
    parents: items.map(({ origin }) => origin),
  };
}

const placeOf = ({ file, line }: Item): { readonly file: string; readonly line: number } => ({ file, line });

/** @throws what is no fault of the row: an endpoint that is down, a package that is missing */
function badRow(item: Item, operator: string | undefined, error: unknown): BadRow {
  const place = { ...placeOf(item), ...(operator === undefined ? {} : { operator }) };
  if (isTunesmithError(error)) {
    if (error.code !== "E_DATA_ROW") throw error;
    return { ...place, reason: error.what, row: item.row };
  }
  const { message } = error instanceof Error ? error : { message: show(error) };
  return { ...place, reason: `the operator failed: ${message}`, row: item.row };
}

/** A row that one operator cannot measure is still looked at by the others. */
function noteMissed(missed: Map<string, Missed>, { reason }: BadRow, origin: string, operator: string): void {
  const known = missed.get(operator);
  missed.set(
    operator,
    known === undefined ? { operator, count: 1, reason, origin } : { ...known, count: known.count + 1 },
  );
}

const NONE = new Uint8Array();

async function outputOf(items: readonly Item[], plan: ChainPlan, missed: readonly Missed[]) {
  if (plan.look !== undefined) {
    const look = await lookAtBlock(items, plan.look, missed);
    return { look, bytes: NONE, stats: NONE, lengths: new Uint32Array() };
  }
  return plan.last ? finalLines(items, plan.keepStats) : spilledLines(items);
}

function packKeys(values: readonly unknown[], barrier: ReadyBarrier): Pick<BlockResult, "keys" | "present" | "values"> {
  if (barrier.kind !== "deduplicator") return { values };
  const { keyBytes } = barrier.ready as Deduplicator;
  const keys = new Uint8Array(values.length * keyBytes);
  const present = new Uint8Array(values.length);
  for (const [i, key] of (values as readonly (Uint8Array | undefined)[]).entries()) {
    if (key === undefined) continue;
    keys.set(key, i * keyBytes);
    present[i] = 1;
  }
  return { keys, present };
}

const STATS = "__dj__stats__";
const META = "__dj__meta__";

/** Rows as they are written; those that nothing changed keep the very text they had. */
function finalLines(items: readonly Item[], keepStats: boolean) {
  const rows: string[] = [];
  const stats: string[] = [];
  let measured = false;
  for (const item of items) {
    const meta = metaOf(item);
    const known = Object.keys(item.stats).length > 0 || meta !== undefined;
    measured ||= known;
    stats.push(JSON.stringify({ [STATS]: item.stats, ...(meta === undefined ? {} : { [META]: meta }) }));
    const bare = item.raw !== undefined && !Object.hasOwn(item.row, META) && !item.hadStats;
    if (bare && !(keepStats && known)) rows.push(item.raw as string);
    else rows.push(JSON.stringify(keepStats && known ? withStats(item, meta) : withoutMeta(item.row)));
  }
  return {
    bytes: encode(rows),
    stats: measured ? encode(stats) : new Uint8Array(),
    lengths: new Uint32Array(),
  };
}

/** Tags of a row, and where it comes from when an operator changed it. */
function metaOf({ row, operators, parents }: Item): RawObject | undefined {
  const tags = row[META];
  const lineage = operators.length === 0 ? {} : { lineage: { parents, operators } };
  return isObject(tags) || operators.length > 0 ? { ...(isObject(tags) ? tags : {}), ...lineage } : undefined;
}

function withoutMeta(row: RawObject): RawObject {
  if (!Object.hasOwn(row, META) && !Object.hasOwn(row, "__dj__suffix__")) return row;
  const { [META]: _meta, __dj__suffix__: _suffix, ...rest } = row;
  return rest;
}

const withStats = (item: Item, meta: RawObject | undefined): RawObject => ({
  ...withoutMeta(item.row),
  [STATS]: item.stats,
  ...(meta === undefined ? {} : { [META]: meta }),
});

function spilledLines(items: readonly Item[]) {
  const lines = items.map((item) => Buffer.from(`${spillLine(item)}\n`));
  return {
    bytes: Buffer.concat(lines),
    lengths: Uint32Array.from(lines, (line) => line.length),
    stats: new Uint8Array(),
  };
}

const encode = (lines: readonly string[]): Uint8Array =>
  lines.length === 0 ? new Uint8Array() : Buffer.from(`${lines.join("\n")}\n`);
