import { mkdir, readdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { largestDifference } from "../../test/support/tiny-model.ts";
import { stories, withFolder, writeTinyAdapter, writeTinyModel } from "../../test/support/tiny-checkpoint.ts";
import type { ErrorCode } from "../base/error-codes.ts";
import { isTunesmithError, type TunesmithError } from "../base/errors.ts";
import { readTensor, writeSafetensors, type CheckpointTensor } from "../formats/safetensors.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import type { StoredModel } from "./bound.ts";
import { createForward } from "./forward.ts";
import { loadCheckpoint, loadModel } from "./load.ts";
import { saveFullModel } from "./save.ts";
import { readParameters } from "./weights.ts";

const runtime = createNodeRuntime({ threads: 1 });
const probe = [
  [3, 7, 1, 30, 12, 5, 9, 2],
  [4, 4, 8],
];

async function logitsOf(model: StoredModel): Promise<readonly number[]> {
  const forward = await createForward(runtime, model);
  try {
    return (await forward.logits(probe)).flatMap((row) => [...row]);
  } finally {
    await forward.release();
  }
}

async function errorOf(run: Promise<unknown>): Promise<TunesmithError> {
  try {
    await run;
  } catch (error) {
    if (isTunesmithError(error)) return error;
    throw error;
  }
  throw new Error("no error");
}

async function expectError(run: Promise<unknown>, code: ErrorCode, ...parts: readonly string[]): Promise<void> {
  const error = await errorOf(run);
  expect(error.code).toBe(code);
  for (const part of parts) expect(error.message).toContain(part);
}

async function editJson(path: string, change: object): Promise<void> {
  const json = JSON.parse(await readFile(path, "utf8")) as object;
  await writeFile(path, JSON.stringify({ ...json, ...change }));
}

/** Rewrites a checkpoint's only file with some tensors changed, dropped (undefined) or added. */
async function editTensors(
  path: string,
  tensors: ReadonlyMap<string, CheckpointTensor>,
  change: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array } | undefined>>,
  storedName: (name: string) => string = (name) => name,
): Promise<void> {
  const all = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, entry] of tensors) all.set(name, { shape: entry.shape, data: await readTensor(entry) });
  for (const [name, value] of Object.entries(change)) {
    if (value === undefined) all.delete(name);
    else all.set(name, value);
  }
  const list = [...all].map(([name, value]) => ({ name: storedName(name), dtype: "float32" as const, ...value }));
  await writeSafetensors(path, list, { format: "pt" });
}

describe("loadModel", () => {
  it("computes the reference logits of a trained model", async () => {
    const golden = JSON.parse(
      await readFile(new URL("../../test/golden/models/stories260k-reference.json", import.meta.url), "utf8"),
    ) as { cases: readonly { prompt: string; prompt_ids: readonly number[]; last_logits: readonly number[] }[] };
    const model = await loadModel(stories);
    const forward = await createForward(runtime, model);
    for (const { prompt, prompt_ids, last_logits } of golden.cases) {
      expect(model.tokenizer.encode(prompt, { addSpecialTokens: true })).toEqual(prompt_ids);
      const [row] = await forward.logits([prompt_ids]);
      expect(largestDifference((row as Float32Array).subarray(-last_logits.length), last_logits)).toBeLessThan(1e-4);
    }
    await forward.release();
  });

  it("reads what saveFullModel writes: one file or many, in every format", async () => {
    await withFolder(async (folder) => {
      const whole = await writeTinyModel(join(folder, "whole"));
      const expected = await logitsOf(await loadModel(whole.dir));
      await writeTinyModel(join(folder, "shards"), { shardBytes: 20_000 });
      expect((await readdir(join(folder, "shards"))).filter((name) => /^model-\d{5}-of-\d{5}/.test(name)).length).toBe(
        3,
      );
      expect(await logitsOf(await loadModel(join(folder, "shards")))).toEqual(expected);
      for (const [dtype, error] of [
        ["bfloat16", 0.3],
        ["float16", 0.03],
      ] as const) {
        const model = await loadModel((await writeTinyModel(join(folder, dtype), { dtype })).dir);
        expect(model.rawConfig).toMatchObject({ dtype, torch_dtype: dtype });
        expect(model.tensors.get("model.norm.weight")?.dtype).toBe(dtype);
        const logits = await logitsOf(model);
        // In place on disk and cast by the engine, or read and cast here: the same numbers.
        const read = await readParameters(model.tensors, model.tensors.keys());
        const upcast = join(folder, `${dtype}-upcast`);
        await mkdir(upcast);
        await writeFile(join(upcast, "config.json"), JSON.stringify(whole.json));
        const list = [...read].map(([name, data]) => ({
          name,
          dtype: "float32" as const,
          shape: model.tensors.get(name)?.shape ?? [],
          data,
        }));
        await writeSafetensors(join(upcast, "model.safetensors"), list, {});
        expect(logits).toEqual(await logitsOf({ ...(await loadCheckpoint(upcast)), adapter: undefined }));
        expect(largestDifference(logits, expected)).toBeLessThan(error);
        expect(largestDifference(logits, expected)).toBeGreaterThan(0);
      }
    });
  });

  it("follows links out of the folder, as download caches have them", async () => {
    await withFolder(async (folder) => {
      const { dir } = await writeTinyModel(join(folder, "snapshot"));
      const expected = await logitsOf(await loadModel(dir));
      await mkdir(join(folder, "blobs"));
      await rename(join(dir, "model.safetensors"), join(folder, "blobs", "abc"));
      await symlink(join("..", "blobs", "abc"), join(dir, "model.safetensors"));
      expect(await logitsOf(await loadModel(dir))).toEqual(expected);
    });
  });

  it("carries tokenizer, template and generation config", async () => {
    await withFolder(async (folder) => {
      const model = await loadModel((await writeTinyModel(folder)).dir);
      expect(model.tokenizer.encode("Once upon a time")).toEqual([403, 407, 261, 378]);
      expect(model.generationConfig).toEqual({ eos_token_id: 2 });
      expect(model.template.source.length).toBeGreaterThan(0);
      expect(model.adapter).toBeUndefined();
    });
  });

  it("names tensors that are missing, misshapen or unused", async () => {
    await withFolder(async (folder) => {
      const { dir } = await writeTinyModel(folder);
      const path = join(dir, "model.safetensors");
      const { tensors } = await loadCheckpoint(dir);
      const extra = { shape: [2], data: Float32Array.of(1, 2) };
      await editTensors(path, tensors, { "model.layers.0.self_attn.rotary_emb.inv_freq": extra });
      expect((await loadCheckpoint(dir)).notices).toEqual([
        "1 tensor of the files is read by nothing: model.layers.0.self_attn.rotary_emb.inv_freq [2]",
      ]);
      const wrong = { shape: [17], data: new Float32Array(17) };
      await editTensors(path, (await loadCheckpoint(dir)).tensors, { "model.norm.weight": wrong });
      await expectError(loadCheckpoint(dir), "E_MODEL_TENSOR", '"model.norm.weight"', "[17]", "[16]");
    });
    await withFolder(async (folder) => {
      const { dir } = await writeTinyModel(folder);
      const { tensors } = await loadCheckpoint(dir);
      await editTensors(join(dir, "model.safetensors"), tensors, { "lm_head.weight": undefined });
      await expectError(loadCheckpoint(dir), "E_MODEL_TENSOR", '"lm_head.weight" [512, 16] is missing');
    });
  });

  it("explains folders that are no checkpoint", async () => {
    await withFolder(async (folder) => {
      await expectError(loadModel(join(folder, "nowhere")), "E_MODEL_FILE", "the folder does not exist");
      await expectError(loadModel(folder), "E_MODEL_FILE", "there is no config.json");
      await writeFile(join(folder, "config.json"), "{");
      await expectError(loadModel(folder), "E_MODEL_FILE", "config.json");
    });
  });
});

describe("adapters in files", () => {
  it("finds the base model by adapter_config.json, by args.json, or as given", async () => {
    await withFolder(async (folder) => {
      const base = await writeTinyModel(join(folder, "base"));
      const dir = join(folder, "run", "last");
      await writeTinyAdapter(dir, base);
      const model = await loadModel(dir);
      expect(model.dir).toBe(base.dir);
      expect(model.askedDir).toBe(dir);
      const expected = await logitsOf(model);
      expect(largestDifference(expected, await logitsOf(await loadModel(base.dir)))).toBeGreaterThan(0.1);
      expect(await logitsOf(await loadModel(base.dir, { adapters: [dir] }))).toEqual(expected);

      await editJson(join(dir, "adapter_config.json"), { base_model_name_or_path: "someone/a-model" });
      await expectError(loadModel(dir), "E_MODEL_BASE", "someone/a-model");
      expect(await logitsOf(await loadModel(dir, { baseModel: base.dir }))).toEqual(expected);
      await writeFile(join(dir, "args.json"), JSON.stringify({ model: join("..", "..", "base") }));
      expect(await logitsOf(await loadModel(dir))).toEqual(expected);
      await expectError(loadModel(dir, { adapters: [dir] }), "E_ADAPTER_CONFIG", "2 adapters");
    });
  });

  it("starts at the base model when B is zero", async () => {
    await withFolder(async (folder) => {
      const base = await writeTinyModel(join(folder, "base"));
      const dir = join(folder, "adapter");
      const { tuning } = await writeTinyAdapter(dir, base);
      const { adapter } = await loadModel(dir);
      const zeros = tuning.specs
        .filter(({ name }) => name.includes("lora_B"))
        .map(({ name, shape }) => [name, { shape, data: new Float32Array((shape[0] ?? 0) * (shape[1] ?? 0)) }]);
      await editTensors(
        join(dir, "adapter_model.safetensors"),
        adapter?.tensors ?? new Map(),
        Object.fromEntries(zeros) as Record<string, { shape: readonly number[]; data: Float32Array }>,
        (name) => `base_model.model.${name}`,
      );
      expect(await logitsOf(await loadModel(dir))).toEqual(await logitsOf(await loadModel(base.dir)));
    });
  });

  it("names adapter tensors that are missing, misshapen or belong nowhere", async () => {
    await withFolder(async (folder) => {
      const base = await writeTinyModel(join(folder, "base"));
      const dir = join(folder, "adapter");
      await writeTinyAdapter(dir, base);
      const tensors = (await loadModel(dir)).adapter?.tensors ?? new Map<string, CheckpointTensor>();
      const path = join(dir, "adapter_model.safetensors");
      const edit = (change: Parameters<typeof editTensors>[2]) =>
        editTensors(path, tensors, change, (name) => `base_model.model.${name}`);
      const name = "model.layers.1.mlp.up_proj.lora_B.weight";
      const original = await readFile(path);
      await edit({ [name]: undefined });
      await expectError(loadModel(dir), "E_ADAPTER_TENSOR", name, "is missing");
      await writeFile(path, original);
      await edit({ [name]: { shape: [2, 2], data: new Float32Array(4) } });
      await expectError(loadModel(dir), "E_ADAPTER_TENSOR", name, "[2, 2]", "[24, 4]");
      await writeFile(path, original);
      const embedding = base.values.get("model.embed_tokens.weight") as Float32Array;
      const stored = { "model.embed_tokens.weight": { shape: [512, 16], data: embedding } };
      await edit(stored);
      expect((await loadModel(dir)).adapter?.tensors.size).toBe(28);
      await writeFile(path, original);
      await edit({ "model.embed_tokens.weight": { shape: [512, 16], data: embedding.map((v) => v + 1) } });
      await expectError(
        loadModel(dir),
        "E_ADAPTER_TENSOR",
        "model.embed_tokens.weight",
        "differs from the base model's",
      );
      await writeFile(path, original);
      await edit({ "model.embed_tokens.weight": { shape: [514, 16], data: new Float32Array(514 * 16) } });
      await expectError(loadModel(dir), "E_ADAPTER_TENSOR", "[514, 16]", "[512, 16]", "vocabulary of 514 tokens");
      await writeFile(path, original);
      await edit({ "model.layers.0.lora_embedding_A": { shape: [1], data: Float32Array.of(1) } });
      await expectError(loadModel(dir), "E_ADAPTER_TENSOR", "lora_embedding_A", "belongs to no target module");
    });
  });
});

describe("config.json", () => {
  it("keeps the digits it came with through load and save", async () => {
    await withFolder(async (folder) => {
      const base = await writeTinyModel(join(folder, "base"));
      const path = join(folder, "base", "config.json");
      const text = (await readFile(path, "utf8")).replace(
        '"hidden_size"',
        '"attention_dropout": 0.0,\n  "hidden_size"',
      );
      await writeFile(path, text);
      const model = await loadModel(base.dir);
      await mkdir(join(folder, "again"));
      await saveFullModel(join(folder, "again"), {
        model,
        specs: [],
        read: () => new Float32Array(),
        dtype: "float32",
        files: [],
      });
      expect(await readFile(join(folder, "again", "config.json"), "utf8")).toContain('"attention_dropout": 0.0');
    });
  });
});
