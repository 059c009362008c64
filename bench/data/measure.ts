/**
 * Runs a program and says what it took: wall time, processor time of it and all its children, and the most memory of
 * the whole tree of processes. Linux alone.
 *
 * Memory is read ten times a second from /proc. PSS counts a page that n processes share as an nth for each, so that
 * the sum over the tree counts it once; what a process has mapped of files counts while it is in memory. `anonymous`
 * is the part of it that belongs to no file. A peak between two readings is missed; `resident`, the greatest of the
 * processes' own peaks (VmHWM, kept by the kernel), misses none but is that of one process alone.
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface Measured {
  readonly status: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Bytes. */
  readonly pss: number;
  readonly anonymous: number;
  readonly resident: number;
  /** The end of what it wrote to standard error, for messages. */
  readonly errors: string;
}

const SAMPLE_MILLISECONDS = 100;
const TICKS_PER_SECOND = 100;

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // The process has ended meanwhile.
  }
};

/** Fields of /proc/PID/stat behind the name, which may hold blanks: state, parent, ... */
const statOf = (pid: string): readonly string[] => {
  const text = read(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(")") + 2).split(" ");
};

/** Processor seconds of all children that have ended and been waited for. */
function childrenSeconds(): number {
  const fields = statOf("self");
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

/** A process and all that descend from it. */
function treeOf(root: number): readonly string[] {
  const children = new Map<string, string[]>();
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const parent = statOf(pid)[1] ?? "";
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [String(root)];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

const field = (text: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? "0") * 1024;

export async function measure(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Measured> {
  const before = childrenSeconds();
  const started = performance.now();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => {
    errors = (errors + text).slice(-2000);
  });
  let [pss, anonymous] = [0, 0];
  const peaks = new Map<string, number>();
  const sample = (): void => {
    if (child.pid === undefined) return;
    const sum = [0, 0] as [number, number];
    for (const pid of treeOf(child.pid)) {
      const rollup = read(`/proc/${pid}/smaps_rollup`);
      sum[0] += field(rollup, "Pss");
      sum[1] += field(rollup, "Pss_Anon");
      const peak = field(read(`/proc/${pid}/status`), "VmHWM");
      if (peak > 0) peaks.set(pid, peak);
    }
    pss = Math.max(pss, sum[0]);
    anonymous = Math.max(anonymous, sum[1]);
  };
  const timer = setInterval(sample, SAMPLE_MILLISECONDS);
  const status = await new Promise<number>((resolve) => {
    child.on("error", () => resolve(127));
    child.on("close", (code) => resolve(code ?? 1));
  });
  clearInterval(timer);
  return {
    status,
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: childrenSeconds() - before,
    pss,
    anonymous,
    resident: Math.max(0, ...peaks.values()),
    errors,
  };
}
