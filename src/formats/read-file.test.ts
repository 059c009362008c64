import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkRegularFile, openRegularFile, readRegularFile, readRegularText } from "./read-file.ts";
import { readRegularTextSync, readTextIfThere, type ReadFileOptions } from "./read-file.ts";

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "tunesmith-read-"));
  await writeFile(join(dir, "text"), "\uFEFFgrün\n");
  await writeFile(join(dir, "empty"), "");
});
afterAll(() => rm(dir, { recursive: true }));

const options: ReadFileOptions = { code: "E_MODEL_FILE" };

/** Every way to get at a file, each once. */
const readers: readonly (readonly [string, (path: string, options: ReadFileOptions) => Promise<unknown>])[] = [
  ["bytes", readRegularFile],
  ["text", readRegularText],
  ["text if there", readTextIfThere],
  ["text at once", async (path, more) => readRegularTextSync(path, more)],
  ["a handle", async (path, more) => (await openRegularFile(path, more)).close()],
  ["a path", checkRegularFile],
];

describe("a regular file", () => {
  it("is read whole, byte order mark included", async () => {
    expect(await readRegularText(join(dir, "text"), options)).toBe("\uFEFFgrün\n");
    expect(readRegularTextSync(join(dir, "text"), options)).toBe("\uFEFFgrün\n");
    expect([...(await readRegularFile(join(dir, "text"), options))]).toEqual([...Buffer.from("\uFEFFgrün\n")]);
    expect(await readRegularText(join(dir, "empty"), options)).toBe("");
  });

  it("may be as large as the limit and no larger", async () => {
    const path = join(dir, "ten");
    await writeFile(path, "0123456789");
    expect(await readRegularText(path, { ...options, limit: 10 })).toBe("0123456789");
    expect(readRegularTextSync(path, { ...options, limit: 10 })).toBe("0123456789");
    for (const [, read] of readers.filter(([name]) => name !== "a handle")) {
      await expect(read(path, { ...options, limit: 9 })).rejects.toThrow(
        "E_MODEL_FILE: " + path + ": the file is larger",
      );
    }
  });

  it("may not be there", async () => {
    const path = join(dir, "none");
    await symlink(join(dir, "nowhere"), join(dir, "dangling"));
    expect(await readTextIfThere(path, options)).toBeUndefined();
    expect(await readTextIfThere(join(dir, "dangling"), options)).toBeUndefined();
    await expect(readRegularText(path, { ...options, fix: "Look." })).rejects.toMatchObject({
      code: "E_MODEL_FILE",
      what: "there is no such file.",
      where: path,
      fix: "Look.",
    });
  });

  it.skipIf(!existsSync("/proc/self/maps"))("is counted while it is read: its size may be a lie", async () => {
    // Linux says that it has no bytes.
    expect((await readRegularText("/proc/self/maps", options)).length).toBeGreaterThan(1000);
    expect(readRegularTextSync("/proc/self/maps", options).length).toBeGreaterThan(1000);
    const small = { ...options, limit: 1000 };
    await expect(readRegularText("/proc/self/maps", small)).rejects.toThrow("larger than 1000 bytes");
    expect(() => readRegularTextSync("/proc/self/maps", small)).toThrow("larger than 1000 bytes");
  });
});

describe.skipIf(process.platform === "win32")("what is no regular file is refused at once", () => {
  beforeAll(async () => {
    execFileSync("mkfifo", [join(dir, "pipe")]);
    await mkdir(join(dir, "folder"));
    await symlink("/dev/zero", join(dir, "zero"));
    await symlink(join(dir, "pipe"), join(dir, "to-pipe"));
  });

  it.each(readers)("%s", async (_, read) => {
    for (const [name, kind] of [
      ["pipe", "a pipe"],
      ["to-pipe", "a pipe"],
      ["zero", "a device"],
      ["folder", "a folder"],
    ] as const) {
      await expect(read(join(dir, name), options)).rejects.toMatchObject({
        code: "E_MODEL_FILE",
        what: `this is ${kind}, not a file.`,
        where: join(dir, name),
      });
    }
  });

  it("a socket", async () => {
    const server = createServer().listen(join(dir, "socket"));
    await new Promise((done) => server.once("listening", done));
    await expect(readRegularText(join(dir, "socket"), options)).rejects.toThrow("this is a socket, not a file.");
    await new Promise((done) => server.close(done));
  });
});
