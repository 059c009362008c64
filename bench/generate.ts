/**
 * Speed of generation: `npx tsc -p tsconfig.bench.json && node .bench/bench/generate.js`. Tokens per second of the
 * whole call (prompt, steps, sampling, text), the median of several calls, for one sequence and for a batch.
 * bench/generate.py measures transformers on the same folder, printed with KEEP=1.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGenerator, type GenerateOptions, type Generator, type GeneratorOptions } from "../src/generate/index.ts";
import { loadModel } from "../src/models/index.ts";
import { createNodeRuntime } from "../src/runtime/node.ts";
import { makeModel15m } from "./model-15m.ts";

const folder = mkdtempSync(join(tmpdir(), "tunesmith-bench-"));
const rounds = Number(process.env["BENCH_ROUNDS"] ?? "5");
const threads = process.env["BENCH_THREADS"];
const runtime = createNodeRuntime(threads === undefined ? {} : { threads: Number(threads) });

const greedy = { temperature: 0 };
const sampled = { temperature: 0.8, topK: 50, topP: 0.95 };

type Batching = NonNullable<GeneratorOptions["batching"]>;

async function measure(
  dir: string,
  batch: number,
  options: GenerateOptions,
  title: string,
  batching: Batching,
): Promise<void> {
  const model = await loadModel(dir);
  const generator = await createGenerator(model, runtime, { maxBatch: batch, batching });
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
    `${title.padEnd(34)} batch ${String(batch).padStart(2)} ${median.toFixed(0).padStart(7)} tokens/s\n`,
  );
}

/**
 * Prompts of many lengths, answers of many lengths, more of both than step together: what groups wait for, and
 * continuous batching does not. Both in one run, in turns.
 */
async function compareBatching(dir: string, title: string): Promise<void> {
  const model = await loadModel(dir);
  const kinds = ["groups", "continuous"] as const;
  const speeds = new Map<string, number[]>(kinds.map((kind) => [kind, []]));
  const clients = 32;
  const prompts = Array.from({ length: clients }, (_, i) =>
    Array.from({ length: 8 + ((i * 37) % 150) }, (_, j) => 3 + ((i * 31 + j * 7) % 400)),
  );
  for (const kind of kinds) {
    const generator = await createGenerator(model, runtime, { maxBatch: 16, batching: kind });
    for (let round = 0; round <= rounds; round++) {
      const began = performance.now();
      // Each client asks for another length; all calls share the generator's slots where it has some.
      const lengths = prompts.map((_, i) => 20 + ((i * 53) % 180));
      const answers =
        kind === "continuous"
          ? await Promise.all(
              prompts.map((prompt, i) =>
                generator.generate([prompt], { ...greedy, stopIds: [], maxNewTokens: lengths[i] as number }),
              ),
            )
          : [await inGroups(generator, prompts, lengths)];
      const tokens = answers.flat().reduce((sum, { ids }) => sum + ids.length, 0);
      if (round > 0) speeds.get(kind)?.push((tokens * 1000) / (performance.now() - began));
    }
    await generator.release();
  }
  for (const [kind, all] of speeds) {
    const median = all.toSorted((a, b) => a - b)[all.length >> 1] as number;
    process.stdout.write(
      `${title.padEnd(12)} ${String(clients)} clients, ${kind.padEnd(11)} ${median.toFixed(0).padStart(7)} tokens/s\n`,
    );
  }
}

/** Groups have one length a call, so a group runs to its longest answer and the others are cut: their tokens alone count. */
async function inGroups(generator: Generator, prompts: readonly number[][], lengths: readonly number[]) {
  const answers: { readonly ids: readonly number[] }[] = [];
  for (let start = 0; start < prompts.length; start += 16) {
    const wanted = lengths.slice(start, start + 16);
    const group = prompts.slice(start, start + 16);
    const stopAt = Math.max(...wanted);
    const given = await generator.generate(group, { ...greedy, stopIds: [], maxNewTokens: stopAt });
    answers.push(...given.map(({ ids }, i) => ({ ids: ids.slice(0, wanted[i]) })));
  }
  return answers;
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
      for (const batching of ["groups", "continuous"] as const) {
        await measure(dir, batch, greedy, `${name} greedy, ${batching}`, batching);
        await measure(dir, batch, sampled, `${name} sampled, ${batching}`, batching);
      }
    }
    await compareBatching(dir, name);
  }
  if (process.env["KEEP"] === "1") process.stdout.write(`${large}\n`);
} finally {
  if (process.env["KEEP"] !== "1") rmSync(folder, { recursive: true, force: true });
}
