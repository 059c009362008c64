import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadAdapter, loadModel } from "./load.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "explain-"));
});
afterEach(() => rm(folder, { recursive: true }));

const fill = async (...names: readonly string[]): Promise<void> => {
  for (const name of names) {
    if (name.endsWith("/")) await mkdir(join(folder, name));
    else await writeFile(join(folder, name), "x".repeat(5000));
  }
};

test.each([
  [["checkpoint-5/", "checkpoint-40/", "metrics.jsonl"], "the folder of a run", "Give FOLDER/checkpoint-40."],
  [["checkpoint-5/", "last", "best"], "the folder of a run", "Give FOLDER/last (or FOLDER/best)."],
  [["model-q4.gguf"], "only model-q4.gguf (a model in GGUF)", "Name the file itself"],
  [["pytorch_model-00001-of-00002.bin"], "which may run code when read", "safe_serialization=True"],
  [["consolidated.00.pth"], "which may run code when read", "safe_serialization=True"],
  [["flax_model.msgpack"], "weights of Flax", "from_flax=True"],
  [["README.txt"], "there is no config.json.", "Give a Hugging Face checkpoint folder"],
])("a folder with %j as a model", async (names, what, fix) => {
  await fill(...names);
  const message = await loadModel(folder).catch((error: Error) => error.message);
  expect(message).toContain("E_MODEL_FILE");
  expect(String(message).replaceAll(folder, "FOLDER")).toContain(what);
  expect(String(message).replaceAll(folder, "FOLDER")).toContain(fix);
});

test("files, lists with commas and whole models in the place of an adapter", async () => {
  await fill("config.json", "a.gguf", "model.safetensors");
  const said = (path: string): Promise<string> =>
    loadModel(path).catch((error: Error) => error.message) as Promise<string>;
  expect(await said(join(folder, "a.gguf"))).toContain("this is not a GGUF file");
  expect(await said(join(folder, "model.safetensors"))).toContain(`Give the folder it lies in: ${folder}.`);
  expect(await said("runs/a,runs/b")).toContain("separated by blanks, not commas: runs/a runs/b.");
  const base = {} as Parameters<typeof loadAdapter>[1];
  await expect(loadAdapter(folder, base)).rejects.toThrow(`this is a whole model, no adapter. Give it with --model`);
});

test("a device in the place of a model or an adapter", async () => {
  const said = (loaded: Promise<unknown>): Promise<string> =>
    loaded.catch((error: Error) => error.message) as Promise<string>;
  expect(await said(loadModel("/dev/zero"))).toContain("/dev/zero: this is a device, not a folder.");
});
