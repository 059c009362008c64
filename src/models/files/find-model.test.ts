import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { startHub, type HubServer } from "../../../test/support/hub-server.ts";
import { runInProcess } from "../../../test/support/in-process.ts";
import { findFiles } from "../../data/source.ts";
import { loadModel } from "../load.ts";
import { findModel, modelReference } from "./find-model.ts";
import { modelFiles } from "./model-files.ts";

const fixture = join(import.meta.dirname, "../../../assets/stories260k");
let hub: HubServer;
let dir = "";
beforeAll(async () => {
  const names = await readdir(fixture);
  const files = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(fixture, name))] as const)),
  );
  hub = await startHub({
    "org/stories": { files: { ...files, "pytorch_model.bin": "pickle" }, large: ["model.safetensors"] },
    "org/pickled": { files: { "config.json": "{}", "pytorch_model.bin": "pickle" } },
    "org/rows": {
      type: "dataset",
      files: { "README.md": "# rows", "data/train.jsonl": '{"text":"a"}\n', "data/test.csv": "text\nb\n", "x.py": "" },
    },
  });
});
afterAll(() => hub.close());
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "find-"));
  vi.stubEnv("HF_HUB_OFFLINE", "0");
  vi.stubEnv("HF_HUB_CACHE", join(dir, "hub"));
  vi.stubEnv("HF_ENDPOINT", hub.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

it("loads a model by its name on the hub, with only the files that are needed", async () => {
  const model = await loadModel("org/stories");
  expect(model.config).toEqual((await loadModel(fixture)).config);
  expect(await readdir(model.dir)).not.toContain("pytorch_model.bin");
  expect(await modelReference("org/stories")).toBe("org/stories");
});

it("takes what is on disk before a name of the hub", async () => {
  const before = process.cwd();
  await mkdir(join(dir, "org/stories"), { recursive: true });
  process.chdir(dir);
  try {
    expect(await findModel("org/stories")).toBe("org/stories");
    expect(await modelReference("org/stories")).toBe(join(process.cwd(), "org/stories"));
  } finally {
    process.chdir(before);
  }
});

it("gives back paths that can be no names, and refuses what holds no safetensors", async () => {
  expect(await findModel(join(dir, "none"))).toBe(join(dir, "none"));
  await expect(findModel(join(dir, "none.gguf"))).rejects.toThrow(/no such file/);
  await expect(findModel("org/pickled")).rejects.toThrow(/only weights that may run code/);
  expect(() => modelFiles(["a.Q4_K.gguf"], "org/g")).toThrow(/1 GGUF files such as a\.Q4_K\.gguf/);
});

it("reads the splits of a dataset by its name on the hub", async () => {
  const names = async (split: "train" | "validation"): Promise<readonly string[]> =>
    (await findFiles("org/rows", split)).files.map((file) => file.split("/").slice(-2).join("/"));
  expect(await names("train")).toEqual(["data/train.jsonl"]);
  expect(await names("validation")).toEqual(["data/test.csv"]);
});

it("downloads by a verb, which prints the folder", async () => {
  const { status, out } = await runInProcess(["download", "org/rows", "--repo-type", "dataset"]);
  expect(status).toBe(0);
  expect(await readdir(out.trim())).toEqual(["data"]);
  const none = await runInProcess(["download", "org/none"]);
  expect([none.status, none.err]).toEqual([1, expect.stringMatching(/E_HUB_NAME/)]);
});
