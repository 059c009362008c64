import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { withFolder, writeTinyModel } from "../../../test/support/tiny-checkpoint.ts";
import { readTensor } from "../../formats/safetensors.ts";
import { loadCheckpoint } from "../load.ts";
import { mergeModels, type MergeModelsOptions } from "./merge-models.ts";

const numbers = { weights: [1, 3], density: [1, 1], lambda: 1, normalize: true, t: 0.5, seed: 1 };

/** Two models that differ in one tensor, and what `use` makes of them. */
async function withTwo(use: (folder: string, options: MergeModelsOptions) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const a = await writeTinyModel(join(folder, "a"));
    const b = await writeTinyModel(join(folder, "b"), { dtype: "bfloat16" });
    await use(folder, { method: "linear", models: [a.dir, b.dir], numbers });
  });
}

describe("mergeModels", () => {
  it("writes the mean of two models, tensor by tensor, with all that belongs to the first", async () => {
    await withTwo(async (folder, options) => {
      const output = join(folder, "soup");
      const { tensors, notes } = await mergeModels(output, options);
      const [a, b, merged] = await Promise.all([...options.models, output].map((dir) => loadCheckpoint(dir)));
      expect(tensors).toBe(merged?.tensors.size);
      expect(notes).toEqual([]);
      for (const [name, entry] of merged?.tensors ?? []) {
        expect(entry.dtype).toBe("float32");
        const [x, y, z] = await Promise.all(
          [a, b, merged].map((model) => readTensor(model?.tensors.get(name) as never)),
        );
        const wanted = x?.map((value, i) => (value + 3 * (y?.[i] as number)) / 4);
        expect(z).toEqual(wanted);
      }
      expect(await readdir(output)).toContain("tokenizer.json");
      const record: unknown = parse(await readFile(join(output, "mergekit_config.yml"), "utf8"));
      expect(record).toMatchObject({ merge_method: "linear", models: [{ parameters: { weight: 1 } }, {}] });
    });
  });

  it("may be repeated over its own result, and never over what it reads", async () => {
    await withTwo(async (folder, options) => {
      const output = join(folder, "soup");
      await mergeModels(output, options);
      await expect(mergeModels(output, options)).rejects.toMatchObject({ code: "E_OUTPUT_EXISTS" });
      await mergeModels(output, { ...options, overwrite: true });
      const over = mergeModels(join(folder, "a"), { ...options, overwrite: true });
      await expect(over).rejects.toMatchObject({ code: "E_OUTPUT_INPUT" });
    });
  });

  it("names the tensors in which models differ, with both shapes", async () => {
    await withTwo(async (folder, options) => {
      const wide = await writeTinyModel(join(folder, "wide"), { config: { vocab_size: 520 } });
      const merging = mergeModels(join(folder, "soup"), {
        ...options,
        models: [options.models[0] as string, wide.dir],
      });
      await expect(merging).rejects.toMatchObject({
        code: "E_MODEL_TENSOR",
        what: expect.stringMatching(/"model\.embed_tokens\.weight" \[512, \d+\] and \[520, \d+\]/) as string,
      });
      expect(await readdir(folder)).not.toContain("soup");
    });
  });

  it("keeps nothing of a result that is not finite", async () => {
    await withTwo(async (folder, options) => {
      const merging = mergeModels(join(folder, "soup"), { ...options, numbers: { ...numbers, weights: [1, -1] } });
      await expect(merging).rejects.toMatchObject({ code: "E_MODEL_MERGE" });
      expect(await readdir(folder)).not.toContain("soup");
    });
  });
});
