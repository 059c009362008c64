import { join } from "node:path";
import { readFile, writeFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { withFolder, writeTinyModel } from "../../test/support/tiny-checkpoint.ts";
import { isTunesmithError } from "../base/errors.ts";
import { openCheckpoint, readTensor, writeSafetensors } from "../formats/safetensors.ts";
import { loadCheckpoint } from "./load.ts";

interface Stored {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Rewrites the only file of a checkpoint with tensors added or replaced. */
async function put(dir: string, change: (old: ReadonlyMap<string, Stored>) => Readonly<Record<string, Stored>>) {
  const { tensors } = await openCheckpoint(dir);
  const old = new Map<string, Stored>();
  for (const [name, entry] of tensors) old.set(name, { shape: entry.shape, data: await readTensor(entry) });
  const all = Object.entries({ ...Object.fromEntries(old), ...change(old) });
  const list = all.map(([name, value]) => ({ name, dtype: "float32" as const, ...value }));
  await writeSafetensors(join(dir, "model.safetensors"), list, { format: "pt" });
}

const tensor = (shape: readonly number[], value = 1): Stored => ({
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
});

async function messageOf(dir: string): Promise<string> {
  const error: unknown = await loadCheckpoint(dir).catch((thrown: unknown) => thrown);
  expect(isTunesmithError(error, "E_MODEL_TENSOR")).toBe(true);
  return (error as Error).message;
}

const tied = { config: { tie_word_embeddings: true } };
const embedding = (old: ReadonlyMap<string, Stored>): Stored => old.get("model.embed_tokens.weight") as Stored;

it("uses a stored head that differs from the embedding, and says so", async () => {
  await withFolder(async (folder) => {
    const { dir } = await writeTinyModel(folder, tied);
    await put(dir, (old) => ({ "lm_head.weight": embedding(old) }));
    const copy = await loadCheckpoint(dir);
    expect([copy.config.tied, copy.notices]).toEqual([true, []]);
    await put(dir, (old) => {
      const { shape, data } = embedding(old);
      return { "lm_head.weight": { shape, data: data.map((value, i) => (i === data.length - 1 ? value + 1 : value)) } };
    });
    const own = await loadCheckpoint(dir);
    expect(own.config.tied).toBe(false);
    expect(own.rawConfig["tie_word_embeddings"]).toBe(false);
    expect(own.tensors.has("lm_head.weight")).toBe(true);
    expect(own.notices.join()).toContain(
      "lm_head.weight [512, 16] is stored and differs from model.embed_tokens.weight",
    );
  });
});

it.each([
  ["model.layers.0.self_attn.q_proj.bias", [16], "1 stored tensor would change"],
  ["model.layers.1.self_attn.q_norm.weight", [4], "q_norm.weight [4]"],
  ["model.layers.2.mlp.up_proj.weight", [24, 16], "layers num_hidden_layers"],
])("refuses %s, which config.json has no place for", async (name, shape, text) => {
  await withFolder(async (folder) => {
    const { dir } = await writeTinyModel(folder);
    await put(dir, () => ({ [name]: tensor(shape) }));
    expect(await messageOf(dir)).toContain(text);
  });
});

it("notes what cannot matter", async () => {
  await withFolder(async (folder) => {
    const { dir } = await writeTinyModel(folder);
    await put(dir, () => ({
      "model.layers.0.self_attn.q_proj.bias": tensor([16], 0),
      "vision.patch.weight": tensor([3, 3]),
    }));
    expect((await loadCheckpoint(dir)).notices).toEqual([
      "2 tensors of the files are read by nothing: model.layers.0.self_attn.q_proj.bias [16]; vision.patch.weight [3, 3]",
    ]);
  });
});

it("lists every wrong shape with both", async () => {
  await withFolder(async (folder) => {
    const { dir } = await writeTinyModel(folder);
    const path = join(dir, "config.json");
    const json = JSON.parse(await readFile(path, "utf8")) as object;
    await writeFile(path, JSON.stringify({ ...json, vocab_size: 600 }));
    const message = await messageOf(dir);
    expect(message).toContain('"model.embed_tokens.weight" has shape [512, 16], config.json wants [600, 16]');
    expect(message).toContain('"lm_head.weight" has shape [512, 16], config.json wants [600, 16]');
    await writeFile(
      path,
      JSON.stringify({ ...json, hidden_size: 2 ** 30, num_attention_heads: 1, num_key_value_heads: 1 }),
    );
    expect(await messageOf(dir)).toContain("config.json wants");
  });
});
