import { spawn, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import {
  followPointer,
  readPointer,
  replaceSymlink,
  sweepTemporary,
  writeDirectoryAtomic,
  writeFileAtomic,
  writeFileAtomicBy,
} from "./atomic.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "atomic-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** The number of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ["--version"]).pid;

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("writeFileAtomic", () => {
  it("replaces a file and leaves nothing beside it", async () => {
    const path = join(folder, "a");
    await writeFileAtomic(path, "one");
    await writeFileAtomic(path, new TextEncoder().encode("two"));
    expect(await readFile(path, "utf8")).toBe("two");
    expect(await readdir(folder)).toEqual(["a"]);
  });

  it("keeps the old file when writing fails, and cleans up", async () => {
    const path = join(folder, "a");
    await writeFileAtomic(path, "one");
    const failing = writeFileAtomicBy(path, async (file) => {
      await file.writeFile("half");
      throw new Error("the power went");
    });
    await expect(failing).rejects.toThrow("the power went");
    expect(await readFile(path, "utf8")).toBe("one");
    expect(await readdir(folder)).toEqual(["a"]);
  });

  it("says why a place cannot be written", async () => {
    const missing = await errorOf(writeFileAtomic(join(folder, "none", "a"), ""));
    expect(isTunesmithError(missing, "E_FILE_WRITE") && missing.message).toContain("the folder does not exist");
    await writeFile(join(folder, "file"), "");
    const below = await errorOf(writeFileAtomic(join(folder, "file", "a"), ""));
    expect(isTunesmithError(below, "E_FILE_WRITE") && below.message).toContain("not a folder");
    await mkdir(join(folder, "dir"));
    const over = await errorOf(writeFileAtomic(join(folder, "dir"), ""));
    expect(isTunesmithError(over, "E_FILE_WRITE") && over.message).toContain("in the way");
    expect((await readdir(folder)).toSorted()).toEqual(["dir", "file"]);
  });

  it("does not take a file that cannot be read for one that cannot be written", async () => {
    const copying = writeFileAtomicBy(join(folder, "a"), async (file) => {
      await file.writeFile(await readFile("/no/such/source"));
    });
    const error = await errorOf(copying);
    expect(isTunesmithError(error)).toBe(false);
    expect(error).toMatchObject({ code: "ENOENT", path: "/no/such/source" });
  });
});

describe("a full disk", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });

  it("is told with the path, what was wanted and what is free, and loses nothing", async () => {
    const path = join(folder, "a");
    await writeFileAtomic(path, "one");
    const error = await errorOf(writeFileAtomicBy(path, () => Promise.reject(full), { bytes: 3_210_000_000 }));
    if (!isTunesmithError(error, "E_DISK_FULL")) throw error;
    expect(error.where).toBe(path);
    expect(error.what).toMatch(/^the disk is full: 3\.2 GB are wanted, [\d.]+ (bytes|kB|MB|GB|TB) are free\.$/);
    expect(error.cause).toBe(full);
    expect(await readFile(path, "utf8")).toBe("one");
    expect(await readdir(folder)).toEqual(["a"]);
  });

  it("is told once, by the file it happened to, when a folder is written", async () => {
    const writing = writeDirectoryAtomic(join(folder, "run"), (dir) =>
      writeFileAtomicBy(join(dir, "weights"), () => Promise.reject(full), { bytes: 5 }),
    );
    const error = await errorOf(writing);
    expect(isTunesmithError(error, "E_DISK_FULL") && error.where).toBe(join(folder, "run", "weights"));
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("writeDirectoryAtomic", () => {
  const path = () => join(folder, "run");

  it("makes the folder appear whole, replacing an older one", async () => {
    for (const text of ["one", "two"]) {
      await writeDirectoryAtomic(path(), async (dir) => {
        await mkdir(join(dir, "deep", "er"), { recursive: true });
        await writeFile(join(dir, "deep", "er", text), text);
        // Not even its beginnings are seen under the name.
        const before = await readdir(join(path(), "deep", "er")).catch(() => []);
        expect(before).toEqual(text === "one" ? [] : ["one"]);
      });
    }
    expect(await readdir(join(path(), "deep", "er"))).toEqual(["two"]);
    expect(await readdir(folder)).toEqual(["run"]);
  });

  it("keeps the older folder when filling fails, and cleans up", async () => {
    await writeDirectoryAtomic(path(), (dir) => writeFile(join(dir, "one"), ""));
    const failing = writeDirectoryAtomic(path(), async (dir) => {
      await writeFile(join(dir, "half"), "");
      throw new Error("the power went");
    });
    await expect(failing).rejects.toThrow("the power went");
    expect(await readdir(path())).toEqual(["one"]);
    expect(await readdir(folder)).toEqual(["run"]);
  });

  it("puts the older folder back when the new one cannot take its place", async () => {
    await writeDirectoryAtomic(path(), (dir) => writeFile(join(dir, "one"), ""));
    const failing = writeDirectoryAtomic(path(), (dir) => rm(dir, { recursive: true }));
    await expect(failing).rejects.toThrow();
    expect(await readdir(path())).toEqual(["one"]);
    expect(await readdir(folder)).toEqual(["run"]);
  });

  it("sweeps what a crash has left of this path, and of no other", async () => {
    const pid = deadPid();
    await mkdir(join(folder, `run.tmp-${pid}-abcdef01`));
    await mkdir(join(folder, `other.tmp-${pid}-abcdef01`));
    await writeDirectoryAtomic(path(), (dir) => writeFile(join(dir, "one"), ""));
    expect((await readdir(folder)).toSorted()).toEqual([`other.tmp-${pid}-abcdef01`, "run"]);
  });
});

describe("sweepTemporary", () => {
  it("deletes what a crash left unfinished, and nothing else", async () => {
    const names = [`checkpoint-5.tmp-${deadPid()}-abcdef01`, `args.json.tmp-${deadPid()}-01234567`];
    await mkdir(join(folder, names[0] as string));
    await writeFile(join(folder, names[1] as string), "");
    const kept = ["notes.tmp", "x.tmp-12", "checkpoint-4"];
    for (const name of kept) await writeFile(join(folder, name), "");
    expect((await sweepTemporary(folder)).toSorted()).toEqual(names.toSorted());
    expect((await readdir(folder)).toSorted()).toEqual(kept.toSorted());
    expect(await sweepTemporary(join(folder, "none"))).toEqual([]);
  });

  it("puts back the folder that a crash between the two renames left aside", async () => {
    const path = join(folder, "checkpoint-5");
    await writeDirectoryAtomic(path, (dir) => writeFile(join(dir, "weights"), "precious"));
    const pid = deadPid();
    await rename(path, `${path}.old-${pid}-abcdef01`);
    await mkdir(`${path}.tmp-${pid}-abcdef02`);
    await sweepTemporary(folder);
    expect(await readFile(join(path, "weights"), "utf8")).toBe("precious");
    expect(await readdir(folder)).toEqual(["checkpoint-5"]);
  });

  it("deletes the folder aside when its replacement has come", async () => {
    await mkdir(join(folder, "run"));
    await writeFile(join(folder, "run", "new"), "");
    await mkdir(join(folder, `run.old-${deadPid()}-abcdef01`));
    await sweepTemporary(folder);
    expect(await readdir(folder)).toEqual(["run"]);
    expect(await readdir(join(folder, "run"))).toEqual(["new"]);
  });

  it.runIf(process.platform === "linux")("knows a killed process that nobody has waited for as dead", async () => {
    // The shell's child ends at once; the shell, now another program, never asks for it.
    const parent = spawn("sh", ["-c", "sh -c 'echo $$' & exec sleep 30"], { stdio: ["ignore", "pipe", "ignore"] });
    try {
      const pid = Number(await new Promise((resolve) => parent.stdout.once("data", resolve)));
      await vi.waitFor(async () => expect(await readFile(`/proc/${pid}/stat`, "utf8")).toContain(") Z "));
      await mkdir(join(folder, `run.old-${pid}-abcdef01`));
      await sweepTemporary(folder);
      expect(await readdir(folder)).toEqual(["run"]);
    } finally {
      parent.kill();
    }
  });

  it("leaves alone what is being written: by this process, or by another that lives", async () => {
    const others = join(folder, `b.tmp-${process.ppid}-abcdef01`);
    await writeFile(others, "");
    await writeFileAtomicBy(join(folder, "a"), async () => {
      expect(await sweepTemporary(folder)).toEqual([]);
    });
    expect((await readdir(folder)).toSorted()).toEqual(["a", `b.tmp-${process.ppid}-abcdef01`]);
  });
});

describe("replaceSymlink", () => {
  it("moves a pointer from one target to another", async () => {
    const link = join(folder, "last");
    for (const name of ["checkpoint-1", "checkpoint-2"]) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, name), "");
      await replaceSymlink(link, name);
      expect(await readPointer(link)).toBe(name);
      expect(await readdir(link)).toEqual([name]);
    }
    expect(await readPointer(join(folder, "none"))).toBeUndefined();
    expect(await followPointer(link)).toBe(link);
  });

  it("takes the place of a pointer file, and refuses that of a folder", async () => {
    const link = join(folder, "last");
    await writeFile(link, "checkpoint-1\n");
    expect(await readPointer(link)).toBe("checkpoint-1");
    expect(await followPointer(link)).toBe(join(folder, "checkpoint-1"));
    await replaceSymlink(link, "checkpoint-2");
    expect(await readPointer(link)).toBe("checkpoint-2");
    await mkdir(join(folder, "best"));
    const error = await errorOf(replaceSymlink(join(folder, "best"), "checkpoint-2"));
    expect(isTunesmithError(error, "E_FILE_WRITE") && error.message).toContain("a folder of that name is in the way");
    expect((await readdir(folder)).toSorted()).toEqual(["best", "last"]);
  });
});
