import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { linkOutside } from "./link-outside.ts";

let root: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "tunesmith-links-")));
  for (const name of ["secret", "model/own", "models--a--b/blobs/0123", "models--c--d/blobs/4567", "x/blobs/0123"]) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), name);
  }
});
afterAll(() => rm(root, { recursive: true }));

async function linkTo(target: string, path: string): Promise<string> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await symlink(target, join(root, path));
  return join(root, path);
}

it("files and links inside a folder stay inside, also when the folder is named by a link", async () => {
  const dir = join(root, "model");
  expect(await linkOutside(join(dir, "own"), dir)).toBeUndefined();
  expect(await linkOutside(await linkTo("own", "model/same"), dir)).toBeUndefined();
  const last = await linkTo("model", "last");
  expect(await linkOutside(join(last, "same"), last)).toBeUndefined();
  expect(await linkOutside(join(dir, "none"), dir)).toBeUndefined();
});

it("links out of a folder are told, also through a folder, by a link of a link, and beside a like name", async () => {
  const dir = join(root, "model");
  const secret = join(root, "secret");
  expect(await linkOutside(await linkTo("../secret", "model/out"), dir)).toBe(secret);
  expect(await linkOutside(await linkTo("out", "model/twice"), dir)).toBe(secret);
  await linkTo("..", "model/up");
  expect(await linkOutside(join(dir, "up/secret"), dir)).toBe(secret);
  await mkdir(join(root, "model-2"));
  await writeFile(join(root, "model-2/file"), "");
  expect(await linkOutside(await linkTo("../model-2/file", "model/sibling"), dir)).toBe(join(root, "model-2/file"));
});

it("a snapshot of the hub's cache is made of links to the blobs of its own repository", async () => {
  const dir = join(root, "models--a--b/snapshots/main");
  const snapshot = (name: string, target: string): Promise<string> =>
    linkTo(target, `models--a--b/snapshots/main/${name}`);
  expect(await linkOutside(await snapshot("good", "../../blobs/0123"), dir)).toBeUndefined();
  const other = await snapshot("bad", "../../../models--c--d/blobs/4567");
  expect(await linkOutside(other, dir)).toBe(join(root, "models--c--d/blobs/4567"));
  await linkTo("../../secret", "models--a--b/blobs/89ab");
  expect(await linkOutside(await snapshot("worse", "../../blobs/89ab"), dir)).toBe(join(root, "secret"));
  const plain = await linkTo("../../blobs/0123", "x/snapshots/main/f");
  expect(await linkOutside(plain, dirname(plain))).toBe(join(root, "x/blobs/0123"));
});
