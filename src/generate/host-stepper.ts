/**
 * Steps in host memory. The grown cache is written straight into the second of two sets of arrays, then the two
 * change places: nothing is allocated or copied in a step but by the program itself. Half the time of a step
 * with fresh outputs, at 15M parameters and 8 rows.
 */
import { internal } from "../base/errors.ts";
import { modelWeights, type StoredModel } from "../models/bound.ts";
import type { Feeds, HostTensor, Runtime } from "../runtime/types.ts";
import { cacheArrays, stepProgram, type CacheArray } from "./programs.ts";
import type { Decoding, Stepper } from "./stepper.ts";

type Arrays = ReadonlyMap<string, { array: Float32Array }>;

export async function createHostStepper(model: StoredModel, runtime: Runtime): Promise<Stepper> {
  const { vocabSize } = model.model.facts;
  const session = await runtime.compile(stepProgram(model), { ...modelWeights(model), intoTargets: true });
  const cached = cacheArrays(model.model);
  const newArrays = (): Arrays => new Map(cached.map(({ name }) => [name, { array: new Float32Array(0) }]));
  /** Numbers of one token of one row. */
  const widthOf = ({ kvHeads, headDim }: CacheArray): number => kvHeads * headDim;

  const begin = (firstRows: number): Decoding => {
    let rows = firstRows;
    let past = 0;
    let [now, next] = [newArrays(), newArrays()];
    let logits = new Float32Array(0);
    const tensors = (arrays: Arrays, prefix: string, tokens: number): Feeds => {
      return Object.fromEntries(
        cached.map((cache): [string, HostTensor] => {
          const { name, kvHeads, headDim } = cache;
          const shape = [rows, kvHeads, tokens, headDim];
          const size = rows * tokens * widthOf(cache);
          const place = arrays.get(name) ?? internal(`no array of ${name}`);
          if (place.array.length < size) place.array = new Float32Array(Math.ceil(1.5 * size));
          return [`${prefix}${name}`, { dtype: "float32", shape, data: place.array.subarray(0, size) }];
        }),
      );
    };
    return {
      step: async (feeds) => {
        const time = feeds["input_ids"].shape[1] as number;
        if (logits.length !== rows * vocabSize) logits = new Float32Array(rows * vocabSize);
        await session.runInto(
          { ...feeds, ...tensors(now, "past.", past) },
          {
            ...(tensors(next, "present.", past + time) as Readonly<Record<string, HostTensor>>),
            logits: { dtype: "float32", shape: [rows, vocabSize], data: logits },
          },
        );
        past += time;
        [now, next] = [next, now];
        return logits;
      },
      select: (chosen) => {
        rows = chosen.length;
        const targets = tensors(next, "", past);
        for (const cache of cached) {
          const { name } = cache;
          const size = past * widthOf(cache);
          const from = now.get(name)?.array ?? internal(`no array of ${name}`);
          const to = (targets[name] as HostTensor).data as Float32Array;
          for (const [i, row] of chosen.entries()) to.set(from.subarray(row * size, (row + 1) * size), i * size);
        }
        [now, next] = [next, now];
        return Promise.resolve();
      },
      release: () => undefined,
    };
  };
  return { begin, release: () => session.release() };
}
