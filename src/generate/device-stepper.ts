/** Steps whose cache never visits the host: each step's outputs are the next step's inputs. Also for WASM. */
import { modelWeights, type StoredModel } from "../models/bound.ts";
import type { HostTensor, Runtime, RuntimeTensor, Session } from "../runtime/types.ts";
import { cacheArrays, type CacheArray, selectProgram, stepProgram } from "./programs.ts";
import type { Decoding, Stepper } from "./stepper.ts";

type Cache = Readonly<Record<string, RuntimeTensor>>;

export async function createDeviceStepper(model: StoredModel, runtime: Runtime): Promise<Stepper> {
  const cached = cacheArrays(model.model);
  const names = cached.map(({ name }) => name);
  const keepOnDevice = names.map((name) => `present.${name}`);
  const session = await runtime.compile(stepProgram(model), { ...modelWeights(model), keepOnDevice });
  // Made when first used: batches of one prompt never need it.
  let selecting: Promise<Session> | undefined;
  const selection = (): Promise<Session> =>
    (selecting ??= runtime.compile(selectProgram(model.model), { keepOnDevice }));

  const begin = (rows: number): Decoding => {
    const empty = ({ kvHeads, headDim }: CacheArray): HostTensor => ({
      dtype: "float32",
      shape: [rows, kvHeads, 0, headDim],
      data: new Float32Array(0),
    });
    let cache: Cache = Object.fromEntries(cached.map((array) => [`past.${array.name}`, empty(array)]));
    const replaceBy = (outputs: Cache): void => {
      releaseAll(cache);
      cache = Object.fromEntries(names.map((name) => [`past.${name}`, outputs[`present.${name}`] as RuntimeTensor]));
    };
    return {
      step: async (feeds) => {
        const outputs = await session.run({ ...feeds, ...cache });
        replaceBy(outputs);
        return (outputs["logits"] as HostTensor).data as Float32Array;
      },
      select: async (chosen) => {
        const rows = { dtype: "int64", shape: [chosen.length], data: BigInt64Array.from(chosen, BigInt) } as const;
        replaceBy(await (await selection()).run({ ...cache, rows }));
      },
      release: () => {
        releaseAll(cache);
        cache = {};
      },
    };
  };
  return {
    begin,
    release: async () => {
      await session.release();
      await (await selecting)?.release();
    },
  };
}

function releaseAll(cache: Cache): void {
  for (const tensor of Object.values(cache)) if ("location" in tensor) tensor.release();
}
