import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCheckpoint, readTensor, type CheckpointTensor, type TensorToWrite } from "./safetensors.ts";
import { writeShardedCheckpoint } from "./sharded-checkpoint.ts";

const golden = join(import.meta.dirname, "../../test/golden/formats/sharded");

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sharded-"));
});
afterAll(() => rm(folder, { recursive: true }));

const vector = (name: string, count: number): TensorToWrite => ({
  name,
  dtype: "float32",
  shape: [count],
  data: new Float32Array(count).fill(count),
});

/** As they are stored. */
async function bytesOf({ file, offset, length }: CheckpointTensor): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from((await readFile(file)).subarray(offset, offset + length));
}

describe("writeShardedCheckpoint", () => {
  it("writes index and shards as transformers does, byte for byte", async () => {
    const { tensors } = await openCheckpoint(golden);
    // The order of the model's own parameters, which the index, being sorted, does not show.
    const layer = (i: number) =>
      [
        ..."qkvo".split("").map((p) => `self_attn.${p}_proj`),
        ...["gate", "up", "down"].map((p) => `mlp.${p}_proj`),
        "input_layernorm",
        "post_attention_layernorm",
      ].map((name) => `model.layers.${i}.${name}.weight`);
    const order = ["model.embed_tokens.weight", ...layer(0), ...layer(1), "model.norm.weight", "lm_head.weight"];
    const given = order.map((name): TensorToWrite => {
      const entry = tensors.get(name);
      if (entry === undefined) throw new Error(name);
      return { name, dtype: entry.dtype, shape: entry.shape, data: () => bytesOf(entry) };
    });
    const { files, totalBytes } = await writeShardedCheckpoint(folder, given, { maxShardBytes: 800 });
    expect(totalBytes).toBe([...tensors.values()].reduce((sum, { length }) => sum + length, 0));
    expect([...files, "model.safetensors.index.json"].toSorted()).toEqual((await readdir(golden)).toSorted());
    for (const name of await readdir(golden)) {
      expect(await readFile(join(folder, name)), name).toEqual(await readFile(join(golden, name)));
    }
  });

  it("writes one file without index when all fits, and removes the shards that were there", async () => {
    const dir = join(folder, "whole");
    await cp(golden, dir, { recursive: true });
    expect((await writeShardedCheckpoint(dir, [vector("a", 3)])).files).toEqual(["model.safetensors"]);
    expect(await readdir(dir)).toEqual(["model.safetensors"]);
    expect([...(await openCheckpoint(dir)).tensors.keys()]).toEqual(["a"]);
  });

  it("removes a single file that would hide the shards, and gives a large tensor a shard of its own", async () => {
    const dir = join(folder, "whole");
    const { files } = await writeShardedCheckpoint(
      dir,
      [vector("a", 2), vector("b", 100), vector("c", 2), vector("d", 2)],
      {
        maxShardBytes: 16,
      },
    );
    expect(files).toHaveLength(3);
    expect((await readdir(dir)).toSorted()).toEqual([...files, "model.safetensors.index.json"].toSorted());
    const { tensors } = await openCheckpoint(dir);
    expect([...tensors.keys()]).toEqual(["a", "b", "c", "d"]);
    for (const entry of tensors.values()) {
      expect(await readTensor(entry)).toEqual(
        new Float32Array(entry.shape[0] as number).fill(entry.shape[0] as number),
      );
    }
    // As huggingface_hub cuts: the large one does not end the shard that is being filled.
    const places = [...tensors.values()].map(({ file }) => files.indexOf(file.slice(dir.length + 1)));
    expect(places).toEqual([1, 0, 1, 2]);
  });
});
