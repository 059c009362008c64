/**
 * A cache of which each row, a slot, has its own length: arrays [slots, kvHeads, room, headDim] that the engine writes
 * in place (models/pass.ts, slotPass). Slots in use are the first ones, so that a step is one run over their rows. The
 * arrays grow when a row needs more room, and never shrink. On the CPU of Node alone: elsewhere nothing is in place.
 */
import { internal } from "../base/errors.ts";
import { modelWeights, type StoredModel } from "../models/bound.ts";
import type { HostTensor, Runtime } from "../runtime/types.ts";
import { cacheArrays, slotProgram, topCount, type CacheArray } from "./programs.ts";

/** New tokens of one slot that come after `past` others. */
export interface SlotTokens {
  readonly ids: readonly number[];
  readonly past: number;
}

/** What a step says of the next token of each row; valid until the next step. */
export interface StepScores {
  /** Logits [rows, count] of the likeliest tokens, the likeliest first, and their ids. */
  readonly count: number;
  readonly values: Float32Array;
  readonly ids: BigInt64Array;
  /** Logits [rows, vocab], when they were asked for. */
  readonly logits: Float32Array | undefined;
}

export interface Slots {
  /** Runs new tokens of the slots from `first` on: one token each, or any number of one slot. */
  readonly step: (first: number, rows: readonly SlotTokens[], allLogits: boolean) => Promise<StepScores>;
  /** Copies the first tokens of a slot to another. */
  readonly copy: (from: number, to: number, tokens: number) => void;
  readonly release: () => Promise<void>;
}

/** The least room that is made at once, in tokens. */
const LEAST_ROOM = 256;

export async function createSlots(model: StoredModel, runtime: Runtime): Promise<Slots> {
  const { vocabSize } = model.model.facts;
  const count = topCount(model.model);
  const caches = cacheArrays(model.model);
  const session = await runtime.compile(slotProgram(model), { ...modelWeights(model), intoTargets: true });
  let [slots, room] = [0, 0];
  let arrays = new Map<string, Float32Array>();
  const scratch = { values: new Float32Array(0), ids: new BigInt64Array(0), logits: new Float32Array(0) };
  const offsets = { none: new Float32Array(0), all: new Float32Array(vocabSize) };

  const arrayOf = ({ name }: CacheArray): Float32Array => arrays.get(name) ?? internal(`no array of ${name}`);
  /** Moves each head's first tokens; both arrays may be one. */
  const copyTokens = (
    { kvHeads, headDim }: CacheArray,
    from: { readonly array: Float32Array; readonly slot: number; readonly room: number },
    to: { readonly array: Float32Array; readonly slot: number; readonly room: number },
    tokens: number,
  ): void => {
    for (let head = 0; head < kvHeads; head++) {
      const start = (from.slot * kvHeads + head) * from.room * headDim;
      const part = from.array.subarray(start, start + tokens * headDim);
      to.array.set(part, (to.slot * kvHeads + head) * to.room * headDim);
    }
  };
  const reserve = (wantSlots: number, wantRoom: number): void => {
    if (wantSlots <= slots && wantRoom <= room) return;
    const [oldSlots, oldRoom, old] = [slots, room, arrays];
    if (wantSlots > slots) slots = Math.max(wantSlots, Math.min(2 * slots, slots + 8));
    if (wantRoom > room) room = Math.max(LEAST_ROOM, Math.ceil((1.5 * wantRoom) / 64) * 64);
    arrays = new Map(
      caches.map((cache) => {
        const array = new Float32Array(slots * cache.kvHeads * room * cache.headDim);
        const before = old.get(cache.name);
        if (before === undefined) return [cache.name, array];
        for (let slot = 0; slot < oldSlots; slot++) {
          copyTokens(cache, { array: before, slot, room: oldRoom }, { array, slot, room }, oldRoom);
        }
        return [cache.name, array];
      }),
    );
  };

  return {
    step: async (first, rows, allLogits) => {
      const time = rows[0]?.ids.length ?? internal("a step of no rows");
      const ends = rows.map(({ past }) => past + time - 1);
      const longest = Math.max(...ends) + 1;
      reserve(first + rows.length, longest);
      const numbers = (shape: readonly number[], values: readonly number[]): HostTensor => ({
        dtype: "int32",
        shape,
        data: Int32Array.from(values),
      });
      const grid = [rows.length, time];
      const cached = (prefix: string): Record<string, HostTensor> =>
        Object.fromEntries(
          caches.map((cache): [string, HostTensor] => {
            const { name, kvHeads, headDim } = cache;
            const size = kvHeads * room * headDim;
            const data = arrayOf(cache).subarray(first * size, (first + rows.length) * size);
            return [`${prefix}${name}`, { dtype: "float32", shape: [rows.length, kvHeads, room, headDim], data }];
          }),
        );
      if (scratch.values.length < rows.length * count) {
        scratch.values = new Float32Array(rows.length * count);
        scratch.ids = new BigInt64Array(rows.length * count);
      }
      if (allLogits && scratch.logits.length < rows.length * vocabSize) {
        scratch.logits = new Float32Array(rows.length * vocabSize);
      }
      const offset = allLogits ? offsets.all : offsets.none;
      const values = scratch.values.subarray(0, rows.length * count);
      const ids = scratch.ids.subarray(0, rows.length * count);
      const logits = scratch.logits.subarray(0, rows.length * offset.length);
      await session.runInto(
        {
          input_ids: numbers(
            grid,
            rows.flatMap((row) => row.ids),
          ),
          positions: numbers(
            grid,
            rows.flatMap((row) => row.ids.map((_, i) => row.past + i)),
          ),
          ends: numbers([rows.length], ends),
          longest: numbers([], [longest]),
          offset: { dtype: "float32", shape: [offset.length], data: offset },
          ...cached("past."),
        },
        {
          top_values: { dtype: "float32", shape: [rows.length, count], data: values },
          top_ids: { dtype: "int64", shape: [rows.length, count], data: ids },
          logits: { dtype: "float32", shape: [rows.length, offset.length], data: logits },
          ...cached("present."),
        },
      );
      return { count, values, ids, logits: allLogits ? logits : undefined };
    },
    copy: (from, to, tokens) => {
      reserve(to + 1, tokens);
      for (const cache of caches) {
        const array = arrayOf(cache);
        copyTokens(cache, { array, slot: from, room }, { array, slot: to, room }, tokens);
      }
    },
    release: async () => {
      arrays = new Map();
      [slots, room] = [0, 0];
      await session.release();
    },
  };
}
