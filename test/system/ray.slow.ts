/**
 * A recipe on a Ray cluster of two nodes gives the files that it gives on one machine, also when a node is killed
 * half-way, and when the run itself is. Wants a Python that has ray (docs/ray.md); says so where there is none.
 */
import { spawn, spawnSync, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomAt } from "../../src/base/random.ts";
import { buildCli, runCli, startCli } from "../support/cli.ts";

const python = process.env["TUNESMITH_RAY_PYTHON"] ?? "python3";
const hasRay = spawnSync(python, ["-c", "import ray"]).status === 0;
if (!hasRay) console.log(`left out: ${python} has no ray; set TUNESMITH_RAY_PYTHON to a Python that has (docs/ray.md)`);

const ROWS = 6000;
const workerFile = join(import.meta.dirname, "../../dist/data/ray/worker-process.js");

/** Texts of some kilobytes, a part of them nearly equal to an earlier one; a few lines are no rows. */
function rowsOf(): string {
  const draw = randomAt(3, "ray");
  const texts: string[] = [];
  const lines: string[] = [];
  for (let row = 0; row < ROWS; row++) {
    const old = texts[draw.integer(Math.max(1, texts.length))];
    const text =
      row % 5 === 4 && old !== undefined
        ? `${old} again`
        : Array.from({ length: 20 + draw.integer(700) }, () => draw.integer(4000).toString(36)).join(" ");
    texts.push(text);
    lines.push(JSON.stringify({ id: row, text, score: draw.integer(50) }));
    if (row % 1999 === 7) lines.push('{"text": "cut');
  }
  return lines.join("\n");
}

const recipe = `
open_tracer: true
process:
  - words_num_filter: {min_num: 30}
  - word_repetition_filter: {rep_len: 3, max_ratio: 0.9}
  - ray_bts_minhash_deduplicator: {union_threshold: 256}
  - whitespace_normalization_mapper:
  - topk_specified_field_selector: {field_key: score, top_ratio: 0.8}
  - text_length_filter: {min_len: 200}
  - ray_document_deduplicator:
`;

describe.runIf(hasRay)("a recipe on a Ray cluster", () => {
  let folder = "";
  let address = "";
  let cluster: ChildProcessByStdio<Writable, Readable, null> | undefined;
  let lines: Interface;
  let wanted: Readonly<Record<string, string>> = {};

  const told = async (): Promise<Readonly<Record<string, string>>> => {
    const [line] = (await once(lines, "line")) as [string];
    return JSON.parse(line) as Readonly<Record<string, string>>;
  };
  const order = async (word: string): Promise<void> => {
    const done = told();
    cluster?.stdin.write(`${word}\n`);
    await done;
  };
  const commandTo = (name: string, extra: readonly string[]): readonly string[] => {
    const input = ["--config", join(folder, "recipe.yaml"), "--dataset-path", join(folder, "in")];
    return ["data", "process", ...input, "--export-path", join(folder, name, "out.jsonl"), ...extra];
  };
  const onRay = (name: string): readonly string[] =>
    commandTo(name, ["--executor", "ray", "--ray-address", address, "--ray-python", python]);

  /** All files of a result by name, those of its trace too. */
  const filesOf = async (name: string): Promise<Readonly<Record<string, string>>> => {
    const names = await readdir(join(folder, name), { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
    return Object.fromEntries(files.map((file, i) => [file.slice(join(folder, name).length), texts[i] as string]));
  };
  /** Waits until a file of the work folder has so many bytes. */
  const grown = async (name: string, file: string, bytes: number): Promise<void> => {
    const path = join(folder, name, ".out.jsonl.work", file);
    for (let size = 0; size < bytes;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      size = await stat(path).then(
        (stats) => stats.size,
        () => 0,
      );
    }
  };
  /** Ids of the worker processes of this package that run on this machine. */
  const workers = (): readonly string[] =>
    spawnSync("ps", ["-eo", "pid,args"], { encoding: "utf8" })
      .stdout.split("\n")
      .filter((line) => line.includes(workerFile))
      .map((line) => line.trim().split(" ")[0] as string);
  const noWorkers = async (): Promise<void> => {
    for (let tries = 0; workers().length > 0 && tries < 100; tries++)
      await new Promise((done) => setTimeout(done, 100));
    expect(workers()).toEqual([]);
  };

  beforeAll(async () => {
    buildCli();
    folder = await mkdtemp(join(tmpdir(), "ray-"));
    await writeFile(join(folder, "recipe.yaml"), recipe);
    const [rows, more] = [rowsOf(), '{"id": -1, "text": "short", "score": 1}\n'];
    await mkdir(join(folder, "in"));
    await writeFile(join(folder, "in", "a.jsonl"), rows);
    await writeFile(join(folder, "in", "b.csv"), "id,text,score\n-2,a row of a table,3\n");
    await writeFile(join(folder, "in", "c.jsonl"), more);
    const local = runCli(commandTo("local", ["--np", "1"]));
    expect(local.status, local.stderr).toBe(0);
    wanted = await filesOf("local");
    expect(Object.keys(wanted)).toEqual(expect.arrayContaining(["/out.jsonl", "/out_stats.jsonl", "/out_bad.jsonl"]));
    const script = join(import.meta.dirname, "../support/ray-cluster.py");
    const env = { ...process.env, RAY_USAGE_STATS_ENABLED: "0" };
    cluster = spawn(python, [script], { stdio: ["pipe", "pipe", "ignore"], env });
    lines = createInterface(cluster.stdout);
    address = (await told())["address"] ?? "";
  });
  afterAll(async () => {
    if (cluster !== undefined) {
      const ended = once(cluster, "exit");
      cluster.stdin.end();
      await ended;
    }
    await rm(folder, { recursive: true });
  });

  it("gives the same files as on one machine", async () => {
    const { status, stderr } = runCli(onRay("whole"));
    expect(status, stderr).toBe(0);
    expect(stderr).toContain("Ray cluster: 2 nodes, 2 workers");
    expect(await filesOf("whole")).toEqual(wanted);
    await noWorkers();
  });

  it("gives the same files when a node is killed half-way", async () => {
    const run = startCli(onRay("node"));
    let stderr = "";
    run.stderr?.on("data", (text: Buffer) => (stderr += text.toString()));
    const ended = once(run, "exit");
    await grown("node", "stage-0.rows", 6 << 20);
    await order("kill");
    expect((await ended)[0], stderr).toBe(0);
    expect(await filesOf("node")).toEqual(wanted);
    await order("add");
  });

  it("does a block again whose worker process was killed", async () => {
    const run = startCli(onRay("worker"));
    let stderr = "";
    run.stderr?.on("data", (text: Buffer) => (stderr += text.toString()));
    const ended = once(run, "exit");
    await grown("worker", "stage-0.rows", 1 << 20);
    expect(spawnSync("kill", ["-9", ...workers()]).status).toBe(0);
    expect((await ended)[0], stderr).toBe(0);
    expect(await filesOf("worker")).toEqual(wanted);
  });

  it("sets a row aside on which an operator hangs", async () => {
    const file = join(folder, "hangs.jsonl");
    const texts = ["one", `${"a".repeat(60)}c`, "aab two"].map((text) => JSON.stringify({ text }));
    await writeFile(file, `${texts.join("\n")}\n`);
    await writeFile(
      join(folder, "hangs.yaml"),
      `process: [{replace_content_mapper: {pattern: "(a+)+b", repl: ""}}]\ndataset_path: ${file}\nrow_timeout: 2\n`,
    );
    const config = ["data", "process", "--config", join(folder, "hangs.yaml"), "--export-path"];
    const { status, stderr } = runCli([...config, join(folder, "hang-local", "out.jsonl"), "--np", "1"]);
    expect(status, stderr).toBe(0);
    const ray = ["--executor", "ray", "--ray-address", address, "--ray-python", python];
    const finished = runCli([...config, join(folder, "hang-ray", "out.jsonl"), ...ray]);
    expect(finished.status, finished.stderr).toBe(0);
    const files = await filesOf("hang-ray");
    expect(files).toEqual(await filesOf("hang-local"));
    expect(files["/out_bad.jsonl"]).toContain("did not end within 2 seconds");
    expect(files["/out.jsonl"]).toContain(" two");
  });

  it("goes on where it was when the driver is killed, and leaves no worker behind", async () => {
    const run = startCli(onRay("driver"));
    const ended = once(run, "exit");
    await grown("driver", "journal.json", 1);
    run.kill("SIGKILL");
    await ended;
    await noWorkers();
    const { status, stdout, stderr } = runCli(onRay("driver"));
    expect(status, stderr).toBe(0);
    expect(stdout).toContain("going on from an earlier run");
    expect(await filesOf("driver")).toEqual(wanted);
  });

  it("ends at Ctrl-C, keeps what is done, and leaves no worker behind", async () => {
    const run = startCli(onRay("stopped"));
    const ended = once(run, "exit");
    await grown("stopped", "stage-0.rows", 2 << 20);
    run.kill("SIGINT");
    expect((await ended)[0]).toBe(130);
    await noWorkers();
    const { status, stderr } = runCli(onRay("stopped"));
    expect(status, stderr).toBe(0);
    expect(await filesOf("stopped")).toEqual(wanted);
  });
});
