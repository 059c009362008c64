/**
 * `npm run bench`: training speed as a share of the machine's own limit, and beside PyTorch with transformers and
 * PEFT when a Python has them (PYTHON=path to choose it). Everything in one run, since machines differ by the hour;
 * each measurement is a process of its own, alternating with the peer's, and medians over rounds are shown.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { makeModel15m } from "./model-15m.ts";

const rounds = Number(process.env["BENCH_ROUNDS"] ?? "3");
const steps = process.env["BENCH_STEPS"] ?? "20";
const threads = String(process.env["BENCH_THREADS"] ?? availableParallelism());
const python = process.env["PYTHON"] ?? "python3";

interface Measured {
  readonly gflops?: number;
  readonly tokens_per_second: number;
  readonly start_to_first_step_seconds: number;
  readonly peak_rss_mb: number;
}

function run<Result>(command: string, args: readonly string[]): Result | undefined {
  const done = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 24 });
  const last = done.stdout?.trim().split("\n").at(-1) ?? "";
  if (done.status === 0) return JSON.parse(last) as Result;
  if (command !== python) throw new Error(`${args[0]} failed: ${done.stderr}`);
  return undefined;
}

const child = (name: string): string => join(import.meta.dirname, `${name}.js`);
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const folder = mkdtempSync(join(tmpdir(), "tunesmith-bench-"));
try {
  const model = join(folder, "llama-15m");
  await makeModel15m(model);
  const limits: number[] = [];
  const results = new Map<string, Measured[]>();
  const keep = (name: string, measured: Measured | undefined): void => {
    if (measured !== undefined) results.set(name, [...(results.get(name) ?? []), measured]);
  };
  for (let round = 0; round < rounds; round++) {
    limits.push(run<{ gflops: number }>(process.execPath, [child("matmul-child"), threads])?.gflops ?? Number.NaN);
    for (const mode of ["full", "lora"]) {
      keep(`tunesmith ${mode}`, run(process.execPath, [child("train-child"), model, mode, steps, threads]));
      keep(
        `pytorch ${mode}`,
        run(python, [
          join(import.meta.dirname, "../../bench/pytorch.py"),
          "--model-dir",
          model,
          "--mode",
          mode,
          "--threads",
          threads,
          "--steps",
          steps,
        ]),
      );
    }
  }
  const limit = median(limits);
  const lines = [
    `Llama of 15M parameters, batch 4 x 256, ${threads} threads, medians of ${rounds} rounds of ${steps} steps`,
    `limit: MatMul 2048^3 at ${limit.toFixed(0)} GFLOP/s (${limits.map((value) => value.toFixed(0)).join(", ")})`,
    "",
    ["", "tokens/s", "GFLOP/s", "of limit", "peak MB", "first step s"].map((text) => text.padStart(14)).join(""),
  ];
  for (const [name, list] of [...results].sort()) {
    const of = (pick: (measured: Measured) => number): number => median(list.map(pick));
    const gflops = of((measured) => measured.gflops ?? Number.NaN);
    const cells = [
      name,
      of((measured) => measured.tokens_per_second).toFixed(0),
      Number.isNaN(gflops) ? "" : gflops.toFixed(0),
      Number.isNaN(gflops) ? "" : (gflops / limit).toFixed(2),
      of((measured) => measured.peak_rss_mb).toFixed(0),
      of((measured) => measured.start_to_first_step_seconds).toFixed(2),
    ];
    lines.push(cells.map((cell, i) => (i === 0 ? cell.padEnd(14) : cell.padStart(14))).join(""));
  }
  if (!results.has("pytorch full"))
    lines.push("", `No PyTorch beside: ${python} has no torch and transformers (set PYTHON).`);
  process.stdout.write(`${lines.join("\n")}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
