/** What is kept of a run beside its metrics: the plan, one sample, the settings, the machine, the end. A plain file. */
import os from "node:os";
import { join } from "node:path";
import { fail } from "../base/errors.ts";
import { packageVersion } from "../base/package-version.ts";
import { readTextIfThere } from "../formats/read-file.ts";

export const RECORD_FILE = "run.json";

export interface Machine {
  readonly tunesmith: string;
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memory_bytes: number;
}

export interface RunRecord {
  readonly machine: Machine;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly plan: {
    readonly device: string;
    /** As measured or given; absent where that is not known. */
    readonly threads?: number | undefined;
    readonly tuner: string;
    readonly trainableParameters: number;
    readonly totalParameters: number;
    readonly trainSamples: number;
    readonly evalSamples: number;
    readonly totalSteps: number;
    readonly stepsPerEpoch: number;
    readonly samplesPerStep: number;
    readonly startStep: number;
  };
  /** Samples with their trained parts in ⟦brackets⟧. */
  readonly samples: readonly string[];
  readonly notes: readonly string[];
  /** Undefined while the run goes on, and when it was killed. */
  readonly result?:
    | {
        readonly steps: number;
        readonly trainLoss: number;
        readonly evalLoss?: number | undefined;
        readonly bestEvalLoss?: number | undefined;
        readonly stopped: string;
        readonly seconds: number;
      }
    | undefined;
}

/** A line of metrics.jsonl. */
export type MetricLine = Readonly<Record<string, number>>;

export function thisMachine(): Machine {
  return {
    tunesmith: packageVersion(),
    node: process.version,
    system: `${os.type()} ${os.release()}, ${os.arch()}`,
    processor: os.cpus()[0]?.model.trim() ?? "unknown",
    cores: os.availableParallelism(),
    memory_bytes: os.totalmem(),
  };
}

/** A run is read whole for its page: a year of steps has less. */
const LIMIT = 512 * 2 ** 20;

/** What a run's folder holds. @throws E_REPORT_RUN */
export async function readRun(
  dir: string,
): Promise<{ readonly record: RunRecord; readonly lines: readonly MetricLine[] }> {
  const record = await readText(RECORD_FILE, dir);
  const metrics = await readText("metrics.jsonl", dir);
  try {
    return { record: JSON.parse(record) as RunRecord, lines: metrics.split("\n").flatMap(parseLine) };
  } catch (cause) {
    const what = `${RECORD_FILE} is not what a run writes: ${(cause as Error).message}.`;
    return fail("E_REPORT_RUN", { where: dir, what, cause });
  }
}

async function readText(name: string, dir: string): Promise<string> {
  const text = await readTextIfThere(join(dir, name), { code: "E_REPORT_RUN", limit: LIMIT });
  return text ?? fail("E_REPORT_RUN", { where: dir, what: `there is no ${name}.` });
}

/** A line that a kill has cut is none. */
function parseLine(line: string): readonly MetricLine[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && typeof (value as MetricLine)["step"] === "number"
      ? [value as MetricLine]
      : [];
  } catch {
    return [];
  }
}
