/** The command line as a user meets it: the built program in a process of its own. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const main = join(root, "dist/cli/main.js");
export const assets = join(root, "assets");

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Call once before a suite: the tests run what is built. */
export function buildCli(): void {
  execFileSync(process.execPath, [
    join(root, "node_modules/typescript/bin/tsc"),
    "-p",
    join(root, "tsconfig.build.json"),
  ]);
}

export function runCli(
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: string } = {},
): Finished {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    cwd: options.cwd ?? root,
    ...(options.input === undefined ? {} : { input: options.input }),
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { status, stdout, stderr };
}

/** Starts the command line and returns at once. */
export function startCli(
  args: readonly string[],
  { env = {}, stdout = "ignore" }: { readonly env?: NodeJS.ProcessEnv; readonly stdout?: "ignore" | "pipe" } = {},
): ChildProcess {
  return spawn(process.execPath, [main, ...args], {
    cwd: root,
    stdio: ["ignore", stdout, "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...env },
  });
}
