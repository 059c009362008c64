/** A system that refuses links, such as Windows without developer mode. */
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { followPointer, readPointer, replaceSymlink } from "./atomic.ts";

vi.mock("node:fs/promises", async (original) => ({
  ...(await original<object>()),
  symlink: () => Promise.reject(Object.assign(new Error("EPERM: operation not permitted"), { code: "EPERM" })),
}));

it("a file holds the name where links are refused", async () => {
  const folder = await mkdtemp(join(tmpdir(), "pointer-"));
  const last = join(folder, "last");
  for (const name of ["checkpoint-1", "checkpoint-2"]) {
    await mkdir(join(folder, name));
    await replaceSymlink(last, name);
  }
  expect(await readFile(last, "utf8")).toBe("checkpoint-2\n");
  expect(await readPointer(last)).toBe("checkpoint-2");
  expect(await followPointer(last)).toBe(join(folder, "checkpoint-2"));
  expect((await readdir(folder)).toSorted()).toEqual(["checkpoint-1", "checkpoint-2", "last"]);
  await rm(folder, { recursive: true });
});
