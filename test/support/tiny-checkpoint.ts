/** Tiny checkpoints on disk, with the tokenizer of the embedded model: for tests of loading and saving. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loraTuning, type LoraOptions } from "../../src/models/tuners/lora.ts";
import type { AdapterTuning } from "../../src/models/tuners/tuner.ts";
import { readModel } from "../../src/models/config.ts";
import { describe } from "../../src/models/describe.ts";
import { readCarriedFiles, saveAdapter, saveFullModel, type SaveDType } from "../../src/models/save.ts";
import { randomValues, tinyJson, type Values } from "./tiny-model.ts";

/** A folder that `use` may fill; removed afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "tunesmith-test-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const stories = fileURLToPath(new URL("../../assets/stories260k", import.meta.url));

export interface TinyCheckpoint {
  readonly dir: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly values: Values;
}

export async function writeTinyModel(
  dir: string,
  options: {
    readonly config?: object;
    /** config.json, whole, instead of changes to the tiny Llama's. */
    readonly whole?: object;
    readonly dtype?: SaveDType;
    readonly shardBytes?: number;
  } = {},
): Promise<TinyCheckpoint> {
  const json: Readonly<Record<string, unknown>> =
    options.whole === undefined ? { ...tinyJson, vocab_size: 512, ...options.config } : { ...options.whole };
  const { specs } = describe(readModel(json, "tiny config"));
  const values = randomValues(specs);
  await mkdir(dir, { recursive: true });
  await saveFullModel(dir, {
    model: { rawConfig: json, generationConfig: { eos_token_id: 2 } },
    specs,
    read: (name) => values.get(name) as Float32Array,
    dtype: options.dtype ?? "float32",
    files: await readCarriedFiles(stories),
    ...(options.shardBytes === undefined ? {} : { shardBytes: options.shardBytes }),
  });
  return { dir, json, values };
}

/** An adapter of random A and B beside a tiny model. */
export async function writeTinyAdapter(
  dir: string,
  model: TinyCheckpoint,
  options: Partial<LoraOptions> & { readonly baseModel?: string } = {},
): Promise<{ readonly tuning: AdapterTuning; readonly values: Values }> {
  const { baseModel = model.dir, ...lora } = options;
  const tiny = readModel(model.json, "tiny config");
  const tuning = loraTuning(tiny, { rank: 4, alpha: 8, targetModules: "all-linear", ...lora });
  const values = randomValues(tuning.specs, 9);
  await mkdir(dir, { recursive: true });
  await saveAdapter(dir, {
    tuning,
    read: (name) => values.get(name) as Float32Array,
    baseModel,
    files: [],
  });
  return { tuning, values };
}
