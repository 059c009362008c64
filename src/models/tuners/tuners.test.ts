/** What holds for every tuner of the table, on one model: test/golden has the numbers of PEFT for each. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe as suite, expect, it } from "vitest";
import { withFolder, writeTinyModel } from "../../../test/support/tiny-checkpoint.ts";
import { randomValues } from "../../../test/support/tiny-model.ts";
import { readTensor } from "../../formats/safetensors.ts";
import { createNodeRuntime } from "../../runtime/node.ts";
import { createForward } from "../forward.ts";
import { loadModel, type LoadedModel } from "../load.ts";
import { mergeLora, verifyMerge } from "../merge.ts";
import { saveAdapter, saveFullModel } from "../save.ts";
import { describe } from "../describe.ts";
import { tuners } from "./index.ts";
import type { AdapterTuning, TensorValues, TunerSettings, Tuning } from "./tuner.ts";

const runtime = createNodeRuntime({ threads: 1 });
const ids = [[3, 70, 1, 300, 12, 5, 9, 2]];

const settings: TunerSettings = {
  lora_rank: 4,
  lora_alpha: 8,
  lora_dropout: 0,
  use_rslora: false,
  use_dora: false,
  lora_bias: false,
  modules_to_save: [],
  target_modules: ["all-linear"],
  vera_rank: 8,
  vera_dropout: 0,
  feedforward_modules: ["down_proj"],
  freeze_parameters: ["model.embed_tokens"],
  freeze_parameters_ratio: 0.5,
  trainable_parameters: [],
  trainable_parameters_regex: "norm",
};

async function logits(model: LoadedModel): Promise<readonly number[]> {
  const forward = await createForward(runtime, model);
  const [row] = await forward.logits(ids);
  await forward.release();
  return [...(row as Float32Array)];
}

const difference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] as number))));

/** Saves a tuning with these values beside or instead of its base, and loads it again. */
async function stored(base: LoadedModel, tuning: Tuning, values: TensorValues, dir: string): Promise<LoadedModel> {
  const value = async (name: string): Promise<Float32Array> =>
    values.get(name) ?? readTensor(base.tensors.get(name) as Parameters<typeof readTensor>[0]);
  await mkdir(dir, { recursive: true });
  const { peft } = tuning;
  if (peft === undefined) {
    const { specs } = describe(base.model);
    await saveFullModel(dir, { model: base, specs, read: value, dtype: "float32", files: base.tokenizer.files });
  } else {
    const adapter: AdapterTuning = { ...tuning, peft };
    await saveAdapter(dir, { tuning: adapter, read: value, baseModel: base.dir, files: [] });
  }
  return loadModel(dir);
}

const variants: readonly (readonly [string, string, Partial<TunerSettings>])[] = [
  ...[...tuners.keys()].map((name) => [name, name, {}] as const),
  ["lora with dora and a whole norm", "lora", { use_dora: true, modules_to_save: ["model.norm"] }],
  ["lora with a whole head", "lora", { modules_to_save: ["lm_head"] }],
  ["ia3 with a whole table", "ia3", { modules_to_save: ["embed_tokens"] }],
];

suite.each(variants)("%s", (_, name, changes) => {
  const tuner = tuners.get(name) as NonNullable<ReturnType<typeof tuners.get>>;

  it.each([false, true])("starts at the base; what is written is read again and merged (tied: %s)", async (tied) => {
    expect(tuner.name).toBe(name);
    await withFolder(async (folder) => {
      const config = { tie_word_embeddings: tied, num_hidden_layers: 2 };
      const base = await loadModel((await writeTinyModel(join(folder, "base"), { config })).dir);
      const tuning = tuner.create(base.model, { ...settings, ...changes });
      const before = await logits(base);
      const read = (tensor: string) => readTensor(base.tensors.get(tensor) as Parameters<typeof readTensor>[0]);
      const start = await tuning.start(7, read);
      const all = [...tuning.specs, ...(tuning.kept ?? [])];
      expect([...start.keys()].sort()).toEqual(all.map((spec) => spec.name).sort());
      expect(difference(await logits(await stored(base, tuning, start, join(folder, "start"))), before)).toBeLessThan(
        1e-4,
      );

      const values = new Map<string, Float32Array>(start);
      for (const [key, moved] of randomValues(tuning.specs, 5)) {
        values.set(
          key,
          moved.map((value, i) => 0.3 * value + ((start.get(key) as Float32Array)[i] as number)),
        );
      }
      const changed = await stored(base, tuning, values, join(folder, "changed"));
      const after = await logits(changed);
      expect(difference(after, before)).toBeGreaterThan(0.05);
      if (tuning.peft === undefined) return;
      expect(changed.adapter?.tuner).toBe(tuner);
      expect(changed.adapter?.tuning.specs).toEqual(tuning.specs);
      if (tuning.unmergeable !== undefined) return;
      await mergeLora(changed, join(folder, "merged"), { runtime });
      const check = await verifyMerge(runtime, changed, join(folder, "merged"));
      expect(check.maxDifference).toBeLessThan(1e-3 * Math.max(1, check.maxLogit));
    });
  });
});

it("freeze says what it cannot do", async () => {
  await withFolder(async (folder) => {
    const base = await loadModel((await writeTinyModel(join(folder, "base"))).dir);
    const open = (changes: Partial<TunerSettings>) => () =>
      tuners.get("freeze")?.create(base.model, {
        ...settings,
        freeze_parameters: [],
        freeze_parameters_ratio: 0,
        trainable_parameters_regex: undefined,
        ...changes,
      });
    expect(open({})).toThrow("freezes nothing");
    expect(open({ freeze_parameters: ["nosuch"] })).toThrow('freeze_parameters "nosuch" matches no tensor');
    expect(open({ freeze_parameters_regex: "." })).toThrow("nothing is left to train");
    const last = open({ freeze_parameters_regex: ".", trainable_parameters: ["model.norm"] })();
    expect(last?.specs.map(({ name }) => name)).toEqual(["model.norm.weight"]);
  });
});
