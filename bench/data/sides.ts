/** The two sides of the comparison: how each runs a recipe over a file, and where its results are. */
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { measure, type Measured } from "./measure.ts";

export interface Job {
  readonly recipe: string;
  readonly rows: string;
  /** Emptied before. */
  readonly folder: string;
}

export interface SideRun extends Measured {
  readonly rows: string;
  readonly stats: string;
}

const root = join(import.meta.dirname, "../../..");

const emptied = (folder: string): string => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
};

const checked = (name: string, measured: Measured): Measured => {
  if (measured.status !== 0) throw new Error(`${name} ended with ${measured.status}: ${measured.errors}`);
  return measured;
};

/** The built command, as a user runs it; its defaults but for what is in `flags`. */
export async function runOurs({ recipe, rows, folder }: Job, flags: readonly string[] = []): Promise<SideRun> {
  const out = join(emptied(folder), "out.jsonl");
  const args = ["data", "process", recipe, "--dataset-path", rows, "--export-path", out, ...flags];
  const measured = await measure(process.execPath, [join(root, "dist/cli/main.js"), ...args]);
  return { ...checked("data process", measured), rows: out, stats: join(folder, "out_stats.jsonl") };
}

/**
 * Data-Juicer with what was found to be its fastest settings: a process for each core, operators fused, in the order
 * of the recipe (`greedy`; `probe` costs more than it gains here), turbo, no cache, no monitor, no tracer.
 */
const peerSettings = {
  np: availableParallelism(),
  op_fusion: true,
  fusion_strategy: "greedy",
  turbo: true,
  use_cache: false,
  open_monitor: false,
  open_tracer: false,
} as const;

export async function runPeer(python: string, { recipe, rows, folder }: Job): Promise<SideRun> {
  const out = join(emptied(folder), "out.jsonl");
  const settings = { config: recipe, dataset_path: rows, export_path: out, work_dir: folder, ...peerSettings };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  // Data that an earlier round has loaded must not be found again.
  const env = { HF_HOME: join(folder, "hf"), HF_HUB_OFFLINE: "1", HF_DATASETS_OFFLINE: "1" };
  const measured = await measure(python, ["-m", "data_juicer.tools.process_data", ...args], { cwd: folder, env });
  return { ...checked("Data-Juicer", measured), rows: out, stats: join(folder, "out_stats.jsonl") };
}

/** Statistics of every row in full precision, into a file. */
export function peerStatistics(python: string, recipe: string, rows: string, out: string): void {
  const script = join(root, "bench/data/peer_stats.py");
  const done = spawnSync(python, [script, recipe, rows, out], { encoding: "utf8", maxBuffer: 1 << 26 });
  if (done.status !== 0) throw new Error(`peer_stats.py failed: ${done.stderr.slice(-2000)}`);
}

/** Its version, or undefined when this Python does not have it. */
export function peerVersion(python: string): string | undefined {
  const code = "from importlib.metadata import version; print(version('py-data-juicer'), version('datasets'))";
  const done = spawnSync(python, ["-c", code], { encoding: "utf8" });
  return done.status === 0 ? done.stdout.trim().replace(" ", ", datasets ") : undefined;
}
