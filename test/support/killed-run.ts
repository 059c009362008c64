/** Runs of the command line that are killed without warning, and what they leave. */
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { listCheckpoints } from "../../src/train/run-folder.ts";
import { startCli } from "./cli.ts";

/** Every file of a checkpoint but args.json, which names the folder. */
export async function checkpointBytes(output: string, step: number): Promise<Readonly<Record<string, string>>> {
  const last = join(output, `checkpoint-${step}`);
  const names = (await readdir(last)).filter((name) => name !== "args.json");
  const files = await Promise.all(
    names.map(async (name) => [name, (await readFile(join(last, name))).toString("base64")]),
  );
  return Object.fromEntries(files) as Record<string, string>;
}

/** Starts the run, kills it without warning once it has written `checkpoints`, somewhere in what it does next. */
export async function killAfter(
  args: readonly string[],
  output: string,
  checkpoints: number,
  delay: number,
): Promise<void> {
  const child = startCli(args);
  const ended = once(child, "exit");
  while ((await listCheckpoints(output)).length < checkpoints && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await new Promise((resolve) => setTimeout(resolve, delay));
  child.kill("SIGKILL");
  await ended;
}
