/** The plain forward pass of a model as it lies in files: token ids in, logits out. For checks and scoring. */
import { internal } from "../base/errors.ts";
import type { HostTensor, Runtime } from "../runtime/types.ts";
import { defineProgram, input } from "../tensor/index.ts";
import { decoderHidden, logits } from "./decoder.ts";
import { frozenParameters, modelWeights, type LoadedModel } from "./load.ts";

export interface Forward {
  /** Logits [time, vocab], flat, for each row of ids. Rows may differ in length. */
  readonly logits: (rows: readonly (readonly number[])[]) => Promise<readonly Float32Array[]>;
  readonly release: () => Promise<void>;
}

export async function createForward(
  runtime: Runtime,
  model: Pick<LoadedModel, "config" | "tensors" | "adapter">,
): Promise<Forward> {
  const { config } = model;
  const tokens = (name: string) => input(name, "int32", ["batch", "time"]);
  const parameters = frozenParameters(model);
  const inputs = { inputIds: tokens("input_ids"), positions: tokens("positions") };
  const program = defineProgram({ logits: logits(config, parameters, decoderHidden(config, parameters, inputs)) });
  const session = await runtime.compile(program, await modelWeights(model));
  return {
    logits: async (rows) => {
      const time = Math.max(0, ...rows.map((row) => row.length));
      // Padding on the right is seen by no token of a row, so no mask is needed.
      const matrix = (value: (row: readonly number[], at: number) => number): HostTensor => ({
        dtype: "int32",
        shape: [rows.length, time],
        data: Int32Array.from({ length: rows.length * time }, (_, i) =>
          value(rows[Math.floor(i / time)] ?? internal("no row"), i % time),
        ),
      });
      const outputs = await session.run({
        input_ids: matrix((row, at) => row[at] ?? 0),
        positions: matrix((_, at) => at),
      });
      const { data } = await runtime.toHost(outputs["logits"] ?? internal("no logits"));
      const width = time * config.vocabSize;
      return rows.map((row, i) =>
        (data as Float32Array).subarray(i * width, i * width + row.length * config.vocabSize),
      );
    },
    release: () => session.release(),
  };
}
