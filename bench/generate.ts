/**
 * Speed of generation: `npx tsc -p tsconfig.bench.json && node .bench/bench/generate.js`. Tokens per second of the
 * whole call (prompt, steps, sampling, text), the median of several calls, for one sequence and for a batch.
 * bench/generate.py measures transformers on the same folder, printed with KEEP=1.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGenerator, type GenerateOptions } from "../src/generate/index.ts";
import { loadModel } from "../src/models/index.ts";
import { createNodeRuntime } from "../src/runtime/node.ts";
import { makeModel15m } from "./model-15m.ts";

const folder = mkdtempSync(join(tmpdir(), "tunesmith-bench-"));
const rounds = Number(process.env["BENCH_ROUNDS"] ?? "5");
const threads = process.env["BENCH_THREADS"];
const runtime = createNodeRuntime(threads === undefined ? {} : { threads: Number(threads) });

const greedy = { temperature: 0 };
const sampled = { temperature: 0.8, topK: 50, topP: 0.95 };

async function measure(dir: string, batch: number, options: GenerateOptions, title: string): Promise<void> {
  const model = await loadModel(dir);
  const generator = await createGenerator(model, runtime, { maxBatch: batch });
  const prompts = Array.from({ length: batch }, (_, i) =>
    Array.from({ length: 16 }, (_, j) => 3 + ((i * 31 + j * 7) % 400)),
  );
  const speeds: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const began = performance.now();
    const answers = await generator.generate(prompts, { ...options, stopIds: [], maxNewTokens: 200 });
    const tokens = answers.reduce((sum, { ids }) => sum + ids.length, 0);
    // The first call warms the engine up.
    if (round > 0) speeds.push((tokens * 1000) / (performance.now() - began));
  }
  await generator.release();
  const median = speeds.toSorted((a, b) => a - b)[speeds.length >> 1] as number;
  process.stdout.write(
    `${title.padEnd(24)} batch ${String(batch).padStart(2)} ${median.toFixed(0).padStart(7)} tokens/s\n`,
  );
}

try {
  const large = join(folder, "llama-15m");
  await makeModel15m(large);
  const small = join(import.meta.dirname, "../../assets/stories260k");
  for (const [name, dir] of [
    ["stories260k", small],
    ["llama 15M", large],
  ] as const) {
    for (const batch of [1, 8]) {
      await measure(dir, batch, greedy, `${name} greedy`);
      await measure(dir, batch, sampled, `${name} sampled`);
    }
  }
  if (process.env["KEEP"] === "1") process.stdout.write(`${large}\n`);
} finally {
  if (process.env["KEEP"] !== "1") rmSync(folder, { recursive: true, force: true });
}
