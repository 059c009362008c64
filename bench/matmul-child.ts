/** The machine's own limit: the engine's product of two 2048 x 2048 matrices, in GFLOP/s. `matmul-child THREADS` */
import { createNodeRuntime } from "../src/runtime/node.ts";
import type { HostTensor } from "../src/runtime/types.ts";
import * as t from "../src/tensor/functions.ts";
import { defineProgram } from "../src/tensor/program.ts";

const size = 2048;
const runtime = createNodeRuntime({ threads: Number(process.argv[2] ?? "2") });
const shape = [size, size];
const program = defineProgram({ c: t.matmul(t.input("a", "float32", shape), t.input("b", "float32", shape)) });
const session = await runtime.compile(program, { intoTargets: true });
const matrix = (): HostTensor => ({ dtype: "float32", shape, data: new Float32Array(size * size).fill(0.5) });
const [a, b, c] = [matrix(), matrix(), matrix()];
const seconds: number[] = [];
for (let run = 0; run < 25; run++) {
  const start = performance.now();
  await session.runInto({ a, b }, { c });
  seconds.push((performance.now() - start) / 1000);
}
seconds.sort((x, y) => x - y);
const median = seconds[seconds.length >> 1] as number;
process.stdout.write(`${JSON.stringify({ gflops: (2 * size ** 3) / median / 1e9 })}\n`);
