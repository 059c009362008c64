import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { replaceSymlink, writeDirectoryAtomic } from "../formats/atomic.ts";
import { findCheckpoint, openRunFolder } from "./run-folder.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "run-folder-"));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (...names: string[]): string => join(folder, ...names);
const visible = async (): Promise<readonly string[]> => (await readdir(folder)).toSorted();
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "none",
    (error: unknown) => (isTunesmithError(error) ? error.code : error),
  );

async function write(name: string, text: string): Promise<void> {
  await writeDirectoryAtomic(at(name), (dir) => writeFile(join(dir, "trainer_state.json"), text));
}

async function save(name: string, text: string): Promise<void> {
  await write(name, text);
  await replaceSymlink(at("last"), name);
}

async function finishedRun(): Promise<void> {
  await save("checkpoint-2", "old");
  await save("checkpoint-4", "old");
  await replaceSymlink(at("best"), "checkpoint-2");
  await writeFile(at("metrics.jsonl"), "old");
  await mkdir(at("runs"));
  await writeFile(at("notes.txt"), "mine");
}

const old = ["best", "checkpoint-2", "checkpoint-4", "last", "metrics.jsonl", "notes.txt", "runs"];
const open = (overwrite: boolean, resumed = false) => openRunFolder(folder, { overwrite, resumed });

describe("findCheckpoint", () => {
  it("takes what the link says, not the greatest number", async () => {
    await save("checkpoint-2", "");
    await write("checkpoint-4", "");
    for (const wanted of ["last", at("last"), folder]) {
      expect(await findCheckpoint(wanted, folder)).toBe(at("checkpoint-2"));
    }
    expect(await findCheckpoint(at("checkpoint-4"), folder)).toBe(at("checkpoint-4"));
  });

  it("takes the newest where a kill came before the link", async () => {
    await write("checkpoint-2", "");
    await write("checkpoint-10", "");
    for (const wanted of ["last", at("last"), folder]) {
      expect(await findCheckpoint(wanted, folder)).toBe(at("checkpoint-10"));
    }
    expect(await codeOf(findCheckpoint(at("best"), folder))).toBe("E_TRAIN_CHECKPOINT");
  });

  it("tells a run that was killed early from no run at all", async () => {
    expect(await codeOf(findCheckpoint("last", folder))).toBe("E_TRAIN_CHECKPOINT");
    await writeFile(at("metrics.jsonl"), "");
    expect(await findCheckpoint("last", folder)).toBeUndefined();
    await rm(at("metrics.jsonl"));
    await mkdir(at("checkpoint-1.tmp-999-abcdef12"));
    expect(await findCheckpoint("last", folder)).toBeUndefined();
  });
});

describe("openRunFolder", () => {
  it("refuses an earlier run and anything else, unless it may replace; hidden files are nothing", async () => {
    await writeFile(at(".hidden"), "");
    await (await open(false)).close();
    await finishedRun();
    expect(await codeOf(open(false))).toBe("E_OUTPUT_EXISTS");
    await (await open(false, true)).close();
    await (await open(true)).close();
    expect(await visible()).toEqual([".hidden", ...old]);
  });

  it("starts over what a run left that was killed before its first checkpoint", async () => {
    await mkdir(at("checkpoint-1.tmp-999-abcdef12"));
    await writeFile(at("metrics.jsonl"), "killed");
    const run = await open(false);
    await run.begin();
    await save("checkpoint-1", "new");
    await run.saved("checkpoint-1");
    await run.close();
    expect(await visible()).toEqual(["checkpoint-1", "last"]);
  });

  it("is for one run at a time", async () => {
    const run = await open(false);
    expect(await codeOf(open(true))).toBe("E_OUTPUT_BUSY");
    await run.close();
    await (await open(false)).close();
    expect(await visible()).toEqual([]);
  });

  it("leaves no empty folder when a run never began", async () => {
    const made = at("new", "run");
    await (await openRunFolder(made, { overwrite: false, resumed: false })).close();
    expect(await readdir(at("new"))).toEqual([]);
  });

  it("keeps the run that it replaces until a checkpoint is whole", async () => {
    await finishedRun();
    const run = await open(true);
    expect(await visible()).toEqual([".lock", ...old]);
    await run.begin();
    await writeFile(at("metrics.jsonl"), "new");
    expect(await readdir(at("checkpoint-4"))).toEqual(["trainer_state.json"]);
    await save("checkpoint-2", "new");
    await run.saved("checkpoint-2");
    await run.close();
    expect(await visible()).toEqual(["best", "checkpoint-2", "last", "metrics.jsonl", "notes.txt"]);
    expect(await readFile(at("metrics.jsonl"), "utf8")).toBe("new");
  });

  it("puts the logs back when the run fails before its first checkpoint", async () => {
    await finishedRun();
    const run = await open(true);
    await run.begin();
    await writeFile(at("metrics.jsonl"), "new");
    await run.close();
    expect(await visible()).toEqual(old);
    expect(await readFile(at("metrics.jsonl"), "utf8")).toBe("old");
  });

  it.each([
    ["before its first checkpoint", undefined, old, "old"],
    [
      "between a checkpoint and the end of the old run",
      "checkpoint-4",
      ["checkpoint-4", "last", "metrics.jsonl", "notes.txt"],
      "new",
    ],
    ["there, with another number", "checkpoint-1", ["checkpoint-1", "last", "metrics.jsonl", "notes.txt"], "new"],
  ])("puts right what a run left that was killed %s", async (_when, name, expected, logs) => {
    await finishedRun();
    const killed = await open(true);
    await killed.begin();
    await writeFile(at("metrics.jsonl"), "new");
    if (name !== undefined) await save(name, "new");
    await rm(at(".lock"));
    await (await open(true)).close();
    expect(await visible()).toEqual(expected);
    expect(await readFile(at("metrics.jsonl"), "utf8")).toBe(logs);
  });
});
