/** One row's way through the steps of a chain: the innermost loop of data processing. */
import { isTunesmithError } from "../../base/errors.ts";
import type { StatValue } from "../operators/operator.ts";
import { createSample } from "../operators/sample.ts";
import { show, type RawObject } from "../shapes/shape.ts";
import type { BadRow } from "./block-result.ts";
import type { Item } from "./item.ts";
import type { ReadyBarrier, ReadyStep } from "./ready-steps.ts";
import type { TraceEntry } from "./trace.ts";

/** What is shared by the rows of one block. */
export interface BlockWork {
  /** In the order in which they run. */
  readonly steps: readonly ReadyStep[];
  readonly barrier: ReadyBarrier | undefined;
  /** Rows into and out of each step, by its number. */
  readonly counts: readonly (readonly [number, number])[] & readonly [number, number][];
  readonly tick: ((row: number, step: number, bytes: number) => void) | undefined;
  /** Rows to be left out, with the reason. */
  readonly skip: ReadonlyMap<number, { readonly operator: string; readonly reason: string }> | undefined;
  /** What filters drop goes on: it is measured how much each would drop by itself. */
  readonly probe: boolean;
  /** Told of a filter that cannot measure a row, which then goes on unmeasured; absent where such a row is bad. */
  readonly miss: ((item: Item, operator: string, error: unknown) => void) | undefined;
  /** Notes an example for people; absent when none is wanted. */
  readonly note: ((step: ReadyStep, entry: () => Omit<TraceEntry, "place">) => void) | undefined;
}

/** What came of rows. */
export interface Outcome {
  readonly items: Item[];
  /** What the barrier wants to know, one for each item. */
  readonly keys: unknown[];
  readonly bad: BadRow[];
}

export const newOutcome = (): Outcome => ({ items: [], keys: [], bad: [] });

/** A row and the step that it has come to. */
interface Place {
  item: Item;
  step: number;
}

/** Adds what comes of a row to `outcome`, in order. @throws what is no fault of the row */
export async function workOnRow(first: Item, number: number, work: BlockWork, outcome: Outcome): Promise<void> {
  const skipped = work.skip?.get(number);
  if (skipped !== undefined) {
    outcome.bad.push({ file: first.file, line: first.line, ...skipped, row: first.row });
    return;
  }
  let pending: Place[] | undefined;
  for (let place: Place | undefined = { item: first, step: 0 }; place !== undefined; place = pending?.pop()) {
    const read = place.item;
    try {
      const children = await pass(place, number, work, outcome);
      if (children !== undefined) (pending ??= []).push(...children);
    } catch (error) {
      outcome.bad.push(badRow(read, (work.steps[place.step] ?? work.barrier)?.name, error));
    }
  }
}

/** Moves a row on until it is through, dropped, or split: then its children come back, the first at the end. */
async function pass(place: Place, number: number, work: BlockWork, outcome: Outcome): Promise<Place[] | undefined> {
  const { steps, counts, tick, note, barrier } = work;
  let { item } = place;
  let sample = createSample(item.row, item.origin, item.stats as Record<string, StatValue>);
  for (; place.step < steps.length; place.step++) {
    const step = steps[place.step] as ReadyStep;
    const count = counts[step.number] as [number, number];
    tick?.(number, step.number, item.text.length);
    count[0]++;
    if (step.kind === "filter") {
      const { filter } = step;
      if (item.given === undefined || !hasAll(item.given, filter.stats)) {
        try {
          const measured = filter.measure(sample);
          Object.assign(item.stats, measured instanceof Promise ? await measured : measured);
        } catch (error) {
          if (work.miss === undefined) throw error;
          work.miss(item, step.name, error);
        }
      }
      if (work.miss !== undefined || filter.keep(item.stats as Record<string, StatValue>, sample)) count[1]++;
      else if (!work.probe) {
        const dropped = item;
        note?.(step, () => ({ kind: "dropped", ...seen(dropped), stats: pick(dropped.stats, filter.stats) }));
        return undefined;
      }
      continue;
    }
    const made = step.map(sample);
    const mapped = made instanceof Promise ? await made : made;
    if (Array.isArray(mapped)) {
      const rows = mapped as readonly RawObject[];
      const parent = item;
      count[1] += rows.length;
      note?.(step, () => ({ kind: "split", ...seen(parent), after: rows }));
      return rows.map((row, i) => ({ item: child(parent, row, step.name, i), step: place.step + 1 })).toReversed();
    }
    count[1]++;
    const row = mapped as RawObject;
    if (row === item.row) continue;
    const before = item;
    note?.(step, () => ({ kind: "changed", ...seen(before), after: row }));
    item = changed(before, row, step.name);
    sample = createSample(row, item.origin, item.stats as Record<string, StatValue>);
  }
  if (barrier !== undefined) {
    tick?.(number, steps.length, item.text.length);
    const key = barrier.ready.key(sample);
    outcome.keys.push(key instanceof Promise ? await key : key);
  }
  outcome.items.push(item);
  return undefined;
}

const hasAll = (stats: Readonly<Record<string, StatValue>>, names: readonly string[]): boolean =>
  names.length > 0 && names.every((name) => stats[name] !== undefined);

const seen = ({ origin, row }: Item): Pick<TraceEntry, "origin" | "row"> => ({ origin, row });

const pick = (stats: Item["stats"], names: readonly string[]): Record<string, StatValue> =>
  Object.fromEntries(names.flatMap((name) => (stats[name] === undefined ? [] : [[name, stats[name]]])));

function changed(item: Item, row: RawObject, operator: string): Item {
  return { ...item, row, given: undefined, operators: [...item.operators, operator] };
}

function child(item: Item, row: RawObject, operator: string, number: number): Item {
  const origin = `${item.origin}#${number + 1}`;
  return { ...changed(item, row, operator), stats: { ...item.stats }, origin, parents: [item.origin] };
}

/** @throws what is no fault of the row: an endpoint that is down, a package that is missing, the end of the run */
export function badRow(item: Item, operator: string | undefined, error: unknown): BadRow {
  const place = { file: item.file, line: item.line, ...(operator === undefined ? {} : { operator }) };
  if (isTunesmithError(error)) {
    if (error.code !== "E_DATA_ROW") throw error;
    return { ...place, reason: error.what, row: item.row };
  }
  if (error instanceof Error && error.name === "AbortError") throw error;
  const { message } = error instanceof Error ? error : { message: show(error) };
  return { ...place, reason: `the operator failed: ${message}`, row: item.row };
}
