import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { makeFolder } from "./make-folder.ts";
import { checkOutputFile, checkOutputFolder, refuseInputsIn, whileLocked } from "./output.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "output-"));
  await writeFile(join(folder, "rows.jsonl"), "{}\n");
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "none",
    (error: unknown) => (isTunesmithError(error) ? error.code : error),
  );

describe("checkOutputFile", () => {
  const check = (path: string, overwrite: boolean, inputs: readonly string[] = []) =>
    codeOf(checkOutputFile(path, { inputs, overwrite }));

  it("lets a new file through, and one that is there when it may be replaced", async () => {
    expect(await check(at("new/out.jsonl"), false)).toBe("none");
    expect(await check(at("rows.jsonl"), false)).toBe("E_OUTPUT_EXISTS");
    expect(await check(at("rows.jsonl"), true)).toBe("none");
  });

  it("refuses a file that is read, also by another name", async () => {
    await symlink(folder, at("link"));
    for (const path of [at("rows.jsonl"), at("link/rows.jsonl"), `${folder}/./rows.jsonl`]) {
      expect(await check(path, true, [at("rows.jsonl"), at("none")])).toBe("E_OUTPUT_INPUT");
    }
  });

  it("refuses what is no file", async () => {
    expect(await check(folder, true)).toBe("E_FILE_WRITE");
    expect(await check("/dev/null", true)).toBe("E_FILE_WRITE");
  });
});

describe("checkOutputFolder", () => {
  const check = (overwrite: boolean, inputs: readonly string[] = []) =>
    codeOf(checkOutputFolder(at("out"), { inputs, overwrite, isOwn: (name) => name === "config.json" }));

  it("replaces only what the command has written, when it may", async () => {
    expect(await check(false)).toBe("none");
    await mkdir(at("out"));
    expect(await check(false)).toBe("none");
    await writeFile(at("out/config.json"), "{}");
    expect(await check(false)).toBe("E_OUTPUT_EXISTS");
    expect(await check(true)).toBe("none");
    await writeFile(at("out/thesis.txt"), "long");
    expect(await check(true)).toBe("E_OUTPUT_EXISTS");
  });

  it("refuses a folder that is or holds what is read", async () => {
    await mkdir(at("out/model"), { recursive: true });
    await symlink(at("out/model"), at("elsewhere"));
    for (const input of [at("out"), at("out/model"), at("elsewhere")]) {
      expect(await codeOf(refuseInputsIn(at("out"), [input]))).toBe("E_OUTPUT_INPUT");
    }
    await mkdir(at("out-two"));
    expect(await codeOf(refuseInputsIn(at("out"), [at("out-two"), folder, at("none")]))).toBe("none");
  });
});

it("locks an output while it is written, and leaves nothing", async () => {
  const second = await whileLocked(at("new/out"), () => codeOf(whileLocked(at("new/out"), async () => "twice")));
  expect(second).toBe("E_OUTPUT_BUSY");
  expect(await readdir(at("new"))).toEqual([]);
});

describe("makeFolder", () => {
  it("gives the first folder that it made", async () => {
    expect(await makeFolder(at("a/b/c"))).toBe(at("a"));
    expect(await makeFolder(at("a/b/c"))).toBeUndefined();
  });

  it("says why a folder cannot be made, and ends", async ({ skip }) => {
    expect(await codeOf(makeFolder(at("rows.jsonl/x")))).toBe("E_FILE_WRITE");
    expect(await codeOf(makeFolder(at("rows.jsonl")))).toBe("E_FILE_WRITE");
    if (process.platform !== "linux") skip("only Linux has /proc");
    expect(await codeOf(makeFolder("/proc/x/y"))).toBe("E_FILE_WRITE");
  });
});
