/** What the machine has: Node, cores, memory and disk, as far as this process may use them. */
import { readFile, statfs } from "node:fs/promises";
import os from "node:os";
import { formatBytes } from "../../reports/format.ts";
import type { Check } from "./check.ts";

/** The oldest Node that package.json allows. */
const oldestNode = [20, 19] as const;

export function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  const good = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return good
    ? { name: "node", status: "ok", value: version }
    : { name: "node", status: "fail", value: version, fix: `Install Node ${oldestNode.join(".")} or newer.` };
}

/** Cores from a cgroup's cpu.max ("150000 100000"); undefined when there is no limit. */
export function coresOfQuota(text: string): number | undefined {
  const [quota, period] = text.trim().split(/\s+/).map(Number);
  return quota === undefined || period === undefined || !(quota > 0) || !(period > 0) ? undefined : quota / period;
}

export interface Cores {
  readonly installed: number;
  readonly model: string;
  /** By affinity of the process. */
  readonly allowed: number;
  /** By the time a container may use. */
  readonly quota: number | undefined;
}

export function coresCheck({ installed, model, allowed, quota }: Cores): Check {
  const usable = Math.max(1, Math.min(allowed, Math.floor(quota ?? allowed)));
  const limit = usable < installed ? `, ${usable} for this process` : "";
  return {
    name: "cores",
    status: "ok",
    value: `${installed}${limit}  ${model.trim()}`.trimEnd(),
    data: { installed, usable },
  };
}

/** `constrained` is what the container may use; 0 or a huge number when there is no limit. */
export function memoryCheck(total: number, constrained: number, free: number): Check {
  const limited = constrained > 0 && constrained < total;
  const limit = limited ? constrained : total;
  const available = Math.min(free, limit);
  const value = `${formatBytes(limit)}${limited ? ` (container's limit; the machine has ${formatBytes(total)})` : ""}, ${formatBytes(available)} free`;
  const data = { limit, total, available };
  return available < 2 ** 30
    ? {
        name: "memory",
        status: "lack",
        value,
        data,
        fix: "Close programs or raise the limit: even small models want 1 GiB.",
      }
    : { name: "memory", status: "ok", value, data };
}

export function diskCheck(path: string, free: number): Check {
  const value = `${formatBytes(free)} free at ${path}`;
  return free < 2 ** 30
    ? {
        name: "disk",
        status: "lack",
        value,
        data: { free },
        fix: "Free some space, or give --output-dir on another disk.",
      }
    : { name: "disk", status: "ok", value, data: { free } };
}

export async function machineChecks(): Promise<readonly Check[]> {
  const cpus = os.cpus();
  const quota = await readFile("/sys/fs/cgroup/cpu.max", "utf8").then(coresOfQuota, () => undefined);
  const cores = { installed: cpus.length, model: cpus[0]?.model ?? "", allowed: os.availableParallelism(), quota };
  const { bavail, bsize } = await statfs(process.cwd());
  return [
    nodeCheck(process.version),
    { name: "system", status: "ok", value: `${os.type()} ${os.release()}, ${process.platform} ${process.arch}` },
    coresCheck(cores),
    memoryCheck(os.totalmem(), process.constrainedMemory() ?? 0, process.availableMemory()),
    diskCheck(process.cwd(), bavail * bsize),
    { name: "python", status: "ok", value: "not needed" },
  ];
}
