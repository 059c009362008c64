import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withFolder, writeTinyAdapter, writeTinyModel } from "../../test/support/tiny-checkpoint.ts";
import { isTunesmithError } from "../base/errors.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import type { LoraOptions } from "./tuners/lora.ts";
import { loadModel } from "./load.ts";
import { mergeLora, refuseDifference, verifyMerge } from "./merge.ts";

const runtime = createNodeRuntime({ threads: 1 });

interface Case {
  readonly name: string;
  readonly config?: object;
  /** A config.json of another family, whole. */
  readonly whole?: object;
  readonly lora?: Partial<LoraOptions>;
}

const gpt2Json = {
  model_type: "gpt2",
  architectures: ["GPT2LMHeadModel"],
  n_embd: 16,
  n_head: 4,
  n_layer: 2,
  n_positions: 64,
  vocab_size: 512,
};

const cases: readonly Case[] = [
  { name: "all linear modules" },
  { name: "rsLoRA on some", lora: { rslora: true, targetModules: ["q_proj", "v_proj"] } },
  { name: "ranks and alphas by pattern", lora: { rankPattern: { q_proj: 2 }, alphaPattern: { up_proj: 3 } } },
  { name: "an untied head", lora: { targetModules: ["lm_head", "q_proj"] } },
  {
    name: "matrices stored as [in, out]",
    whole: gpt2Json,
    lora: { targetModules: ["c_attn", "c_proj"] },
  },
  { name: "a tied head", config: { tie_word_embeddings: true }, lora: { targetModules: ["lm_head", "q_proj"] } },
];

describe("mergeLora", () => {
  it.each(cases)("gives the model that base and adapter are: $name", async ({ config = {}, whole, lora = {} }) => {
    await withFolder(async (folder) => {
      const base = await writeTinyModel(join(folder, "base"), whole === undefined ? { config } : { whole });
      await writeTinyAdapter(join(folder, "adapter"), base, lora);
      const model = await loadModel(join(folder, "adapter"));
      const output = join(folder, "merged");
      await mergeLora(model, output);
      const check = await verifyMerge(runtime, model, output);
      expect(check.tokens).toBe(128);
      expect(check.maxLogit).toBeGreaterThan(1);
      expect(check.maxDifference).toBeLessThan(1e-4);
      expect(check.greedyAgreement).toBe(1);
      // And not the base model.
      const changed = await verifyMerge(runtime, model, base.dir);
      expect(changed.maxDifference).toBeGreaterThan(0.1);
    });
  });

  it("writes a whole checkpoint in the base model's format, or the one asked for", async () => {
    await withFolder(async (folder) => {
      const base = await writeTinyModel(join(folder, "base"), { dtype: "bfloat16" });
      await writeTinyAdapter(join(folder, "adapter"), base);
      const model = await loadModel(join(folder, "adapter"));
      await mergeLora(model, join(folder, "same"));
      const same = await loadModel(join(folder, "same"));
      expect(same.tensors.get("model.norm.weight")?.dtype).toBe("bfloat16");
      expect(same.rawConfig).toMatchObject({ model_type: "llama", torch_dtype: "bfloat16" });
      expect(same.tokenizer.encode("time")).toEqual(model.tokenizer.encode("time"));
      expect(same.generationConfig).toEqual({ eos_token_id: 2 });
      expect((await readdir(join(folder, "same"))).sort()).toEqual(
        [
          "config.json",
          "generation_config.json",
          "model.safetensors",
          "tokenizer.json",
          "tokenizer_config.json",
        ].sort(),
      );
      await mergeLora(model, join(folder, "wide"), { dtype: "float32" });
      expect((await loadModel(join(folder, "wide"))).tensors.get("model.norm.weight")?.dtype).toBe("float32");
      expect((await verifyMerge(runtime, model, join(folder, "wide"))).maxDifference).toBeLessThan(1e-4);
    });
  });

  it("unties a head that the adapter changes", async () => {
    await withFolder(async (folder) => {
      const base = await writeTinyModel(join(folder, "base"), { config: { tie_word_embeddings: true } });
      await writeTinyAdapter(join(folder, "adapter"), base, { targetModules: ["lm_head"] });
      await mergeLora(await loadModel(join(folder, "adapter")), join(folder, "merged"));
      const merged = await loadModel(join(folder, "merged"));
      expect(merged.config.tied).toBe(false);
      expect(merged.rawConfig).toMatchObject({ tie_word_embeddings: false });
    });
  });

  it("is refused when its logits are not those of base and adapter, and leaves nothing behind", async () => {
    const check = { maxDifference: 0.02, maxLogit: 10, greedyAgreement: 1, tokens: 128 };
    expect(() => refuseDifference(check, "bfloat16", "merged")).not.toThrow();
    expect(() => refuseDifference(check, "float32", "merged")).toThrow("largest difference of a logit is 0.0200");
    for (const maxDifference of [25.45, Number.NaN, Infinity]) {
      expect(() => refuseDifference({ ...check, maxDifference }, "bfloat16", "merged")).toThrow("merged");
    }
    await withFolder(async (folder) => {
      const base = await writeTinyModel(join(folder, "base"));
      await writeTinyAdapter(join(folder, "adapter"), base);
      const model = await loadModel(join(folder, "adapter"));
      const refused = mergeLora(model, join(folder, "merged"), {
        check: async (dir) => {
          expect(await readdir(dir)).toContain("model.safetensors");
          refuseDifference(await verifyMerge(runtime, model, base.dir), "float32", "merged");
        },
      });
      const error: unknown = await refused.catch((thrown: unknown) => thrown);
      expect(isTunesmithError(error, "E_MODEL_MERGE")).toBe(true);
      expect((await readdir(folder)).sort()).toEqual(["adapter", "base"]);
    });
  });

  it("refuses a model without an adapter", async () => {
    await withFolder(async (folder) => {
      const base = await writeTinyModel(join(folder, "base"));
      const model = await loadModel(base.dir);
      const error: unknown = await mergeLora(model, join(folder, "merged")).catch((thrown: unknown) => thrown);
      expect(isTunesmithError(error, "E_ADAPTER_CONFIG")).toBe(true);
      expect(await readdir(folder)).toEqual(["base"]);
    });
  });
});
