/** The plain forward pass of a model as it lies in files: token ids in, logits out. For checks and scoring. */
import { internal } from "../base/errors.ts";
import type { HostTensor, Runtime } from "../runtime/types.ts";
import { defineProgram, input } from "../tensor/index.ts";
import { frozenAccess, modelWeights, type StoredModel } from "./bound.ts";
import { finalHidden, headLogits } from "./model.ts";
import { causalPass } from "./pass.ts";

export interface Forward {
  /** Logits [time, vocab], flat, for each row of ids. Rows may differ in length. */
  readonly logits: (rows: readonly (readonly number[])[]) => Promise<readonly Float32Array[]>;
  readonly release: () => Promise<void>;
}

export async function createForward(runtime: Runtime, stored: StoredModel): Promise<Forward> {
  const { model } = stored;
  const { vocabSize } = model.facts;
  const tokens = (name: string) => input(name, "int32", ["batch", "time"]);
  const inputs = { inputIds: tokens("input_ids"), positions: tokens("positions") };
  const access = frozenAccess(stored, causalPass(inputs));
  const program = defineProgram({ logits: headLogits(model, access, finalHidden(model, access, inputs)) });
  const session = await runtime.compile(program, modelWeights(stored));
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
      const width = time * vocabSize;
      return rows.map((row, i) => (data as Float32Array).subarray(i * width, i * width + row.length * vocabSize));
    },
    release: () => session.release(),
  };
}
