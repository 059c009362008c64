/** Whatever ends a run from outside ends it with a checkpoint, or at once where nothing was trained yet. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listCheckpoints } from "../../src/train/run-folder.ts";
import { assets, buildCli, runCli, startCli } from "../support/cli.ts";
import { writeTinyModel } from "../support/tiny-checkpoint.ts";

let folder = "";
let deep = "";
beforeAll(async () => {
  buildCli();
  folder = await mkdtemp(join(tmpdir(), "signals-"));
  // Many layers of next to nothing: the engine takes long to compile them.
  deep = join(folder, "deep");
  await writeTinyModel(deep, { config: { num_hidden_layers: 250 } });
});
afterAll(() => rm(folder, { recursive: true }));

const training = (output: string, model = join(assets, "stories260k")): readonly string[] => [
  "pt",
  ..."--max-steps 2000 --max-length 64 --truncation-strategy right --logging-steps 1".split(" "),
  "--model",
  model,
  "--dataset",
  join(assets, "fables/train.jsonl"),
  "--output-dir",
  output,
];

/** Resolves when the child has said so. */
function hears(child: ChildProcess): { readonly text: () => string; readonly until: (part: string) => Promise<void> } {
  let text = "";
  child.stderr?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const until = async (part: string): Promise<void> => {
    while (!text.includes(part)) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`ended before "${part}":\n${text}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { text: () => text, until };
}

describe("while a program is compiled", () => {
  it("says so, the first Ctrl-C ends the run and leaves nothing", async () => {
    const output = join(folder, "compiling");
    const child = startCli(training(output, deep));
    const { text, until } = hears(child);
    const ended = once(child, "exit");
    await until("operators ...");
    child.kill("SIGINT");
    const [status, signal] = (await ended) as [number | null, string | null];
    expect([status, signal]).toEqual(signal === null ? [130, null] : [null, "SIGINT"]);
    expect(text()).toContain("stopping");
    expect(text()).toMatch(/stopped before the first step|nothing was trained yet/);
    expect(await listCheckpoints(output)).toEqual([]);
    // The same command works again: what an ended process held is free.
    expect(runCli([...training(output), "--max-steps", "1"]).status).toBe(0);
  });

  it("a second signal ends the process at once", async () => {
    const child = startCli(training(join(folder, "twice"), deep));
    const { until } = hears(child);
    const ended = once(child, "exit");
    await until("operators ...");
    child.kill("SIGINT");
    await until("stopping");
    child.kill("SIGTERM");
    expect(await ended).toEqual([null, "SIGTERM"]);
  });
});

describe("a run that trains", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("saves its step at %s and says how to go on", async (signal) => {
    const output = join(folder, signal);
    const child = startCli(training(output));
    const { text, until } = hears(child);
    const ended = once(child, "exit");
    await until("step 2/");
    child.kill(signal);
    expect(await ended).toEqual([130, null]);
    expect(text()).toContain("--resume-from-checkpoint");
    expect(await listCheckpoints(output)).toHaveLength(1);
    expect((await readdir(output)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("saves its step when nobody reads stderr any more", async () => {
    const output = join(folder, "closed");
    const child = startCli(training(output));
    const { until } = hears(child);
    const ended = once(child, "exit");
    await until("step 2/");
    child.stderr?.destroy();
    expect(await ended).toEqual([130, null]);
    expect(await listCheckpoints(output)).toHaveLength(1);
  });

  it("goes on when nobody reads stdout, into which it writes nothing", async () => {
    const output = join(folder, "closed-stdout");
    const child = startCli([...training(output), "--max-steps", "20"], { stdout: "pipe" });
    hears(child);
    child.stdout?.destroy();
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it.each(["main", "training"])(
    "saves its step when a promise of the %s thread fails that nobody awaits",
    async (thread) => {
      const output = join(folder, `unhandled-${thread}`);
      const preload = join(folder, `${thread}.mjs`);
      await writeFile(
        preload,
        `import { existsSync } from "node:fs";
       import { isMainThread } from "node:worker_threads";
       const watch = setInterval(() => {
         if (!existsSync(${JSON.stringify(join(output, "metrics.jsonl"))})) return;
         clearInterval(watch);
         Promise.reject(new Error("nobody awaits this"));
       }, 20);
       if (isMainThread !== ${thread === "main"}) clearInterval(watch);`,
      );
      const child = startCli(training(output), { env: { NODE_OPTIONS: `--import ${pathToFileURL(preload).href}` } });
      const { text } = hears(child);
      expect(await once(child, "exit")).toEqual([1, null]);
      expect(text()).toContain("nobody awaits this");
      expect(await listCheckpoints(output)).toHaveLength(1);
      expect(existsSync(join(output, "last"))).toBe(true);
    },
  );
});
