/**
 * Writes models in the layouts other tools read: full checkpoints as transformers saves them, adapters as PEFT
 * does. Everything goes into a folder the caller made; replacing an older folder at once is the caller's part.
 */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { float32ToBfloat16, float32ToFloat16 } from "../base/dtype.ts";
import { writeJson } from "../formats/json-text.ts";
import { writeFileAtomic } from "../formats/atomic.ts";
import { readRegularFile } from "../formats/read-file.ts";
import { writeSafetensors } from "../formats/safetensors.ts";
import { writeShardedCheckpoint } from "../formats/sharded-checkpoint.ts";
import type { TypedArray } from "../tensor/index.ts";
import type { TextFile } from "../text/tokenizer.ts";
import { writeFingerprint, type BaseFingerprint } from "./base-fingerprint.ts";
import { carried, carriedFolder, listCarried, refuseCarriedLinks } from "./carried-files.ts";
import type { JsonObject } from "./config.ts";
import type { Checkpoint } from "./load.ts";
import type { ParameterSpec } from "./scope.ts";
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS } from "./tuners/peft-files.ts";
import type { AdapterTuning } from "./tuners/tuner.ts";

export type SaveDType = "float32" | "bfloat16" | "float16";

/** Values of one tensor by name; asked for once each, in order. */
export type ReadValues = (name: string) => Float32Array | Promise<Float32Array>;

export interface SaveModelOptions {
  readonly model: Pick<Checkpoint, "rawConfig" | "generationConfig">;
  /** generation_config.json; default: the model's own. */
  readonly generationConfig?: JsonObject | undefined;
  /** What is written, in this order. */
  readonly specs: readonly ParameterSpec[];
  readonly read: ReadValues;
  readonly dtype: SaveDType;
  /** Tokenizer files and chat template, unchanged: `tokenizer.files` or {@link readCarriedFiles}. */
  readonly files: readonly TextFile[];
  /** Keys of config.json that changed. */
  readonly configChanges?: JsonObject;
  /** A file holds at most so many bytes of tensors (one larger tensor gets its own file). */
  readonly shardBytes?: number;
}

/** model.safetensors (or shards and their index), config.json, generation_config.json and the carried files. */
export async function saveFullModel(dir: string, options: SaveModelOptions): Promise<void> {
  const { model, specs, read, dtype, files, configChanges = {}, shardBytes } = options;
  const generationConfig = options.generationConfig ?? model.generationConfig;
  const tensors = specs.map(({ name, shape }) => ({
    name,
    dtype,
    shape,
    // Read when its turn comes: a model need not fit in memory to be written.
    data: async () => toStored(await read(name), dtype),
  }));
  await writeShardedCheckpoint(dir, tensors, shardBytes === undefined ? {} : { maxShardBytes: shardBytes });
  // Older tools read torch_dtype, newer ones dtype.
  const config = { ...model.rawConfig, ...configChanges, dtype, torch_dtype: dtype };
  await writeJsonFile(join(dir, "config.json"), config);
  await writeGenerationConfig(dir, generationConfig);
  await writeCarriedFiles(dir, files);
}

export interface SaveAdapterOptions {
  readonly tuning: AdapterTuning;
  readonly read: ReadValues;
  /** Path or name of the base model. */
  readonly baseModel: string;
  /** Numbers by which the base is known again. */
  readonly base?: BaseFingerprint;
  readonly files: readonly TextFile[];
  /** generation_config.json beside the adapter: where answers end. */
  readonly generationConfig?: JsonObject | undefined;
  readonly dtype?: SaveDType;
}

/** adapter_model.safetensors, adapter_config.json and the carried files. */
export async function saveAdapter(dir: string, options: SaveAdapterOptions): Promise<void> {
  const { tuning, read, baseModel, files, dtype = "float32" } = options;
  const stored = await Promise.all(
    [...tuning.specs, ...(tuning.kept ?? [])].map(async ({ name, shape }) => ({
      name: tuning.peft.storedName(name),
      dtype,
      shape,
      data: toStored(await read(name), dtype),
    })),
  );
  await writeSafetensors(join(dir, ADAPTER_WEIGHTS), stored, { format: "pt" });
  await writeJsonFile(join(dir, ADAPTER_CONFIG), tuning.peft.config(baseModel));
  if (options.base !== undefined) await writeFingerprint(dir, options.base);
  await writeGenerationConfig(dir, options.generationConfig);
  await writeCarriedFiles(dir, files);
}

async function writeGenerationConfig(dir: string, json: JsonObject | undefined): Promise<void> {
  if (json !== undefined) await writeJsonFile(join(dir, "generation_config.json"), json);
}

/** Float32 numbers in the format they are stored in. */
export function toStored(values: Float32Array, dtype: SaveDType): TypedArray {
  if (dtype === "float32") return values;
  return dtype === "bfloat16" ? float32ToBfloat16(values) : float32ToFloat16(values);
}

async function writeJsonFile(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, new TextEncoder().encode(`${writeJson(value, { indent: 2 })}\n`));
}

const CARRIED_LIMIT = 256 * 2 ** 20;

/** How a merge of several models was made, in mergekit's layout. */
export const MERGE_RECORD = "mergekit_config.yml";

/** Whether a name is one that {@link saveFullModel} gives: what else a folder holds is not ours to replace. */
export function isModelFile(name: string): boolean {
  return (
    carried.includes(name) ||
    [carriedFolder, "config.json", "generation_config.json", "README.md", MERGE_RECORD].includes(name) ||
    /^model(-\d+-of-\d+)?\.safetensors(\.index\.json)?$/.test(name)
  );
}

/** Tokenizer files and chat templates of a folder, for checkpoints whose tokenizer need not be understood. */
export async function readCarriedFiles(dir: string): Promise<readonly TextFile[]> {
  await refuseCarriedLinks([dir]);
  const files: TextFile[] = [];
  for (const name of await listCarried(dir)) {
    files.push({ name, bytes: await readRegularFile(join(dir, name), { code: "E_MODEL_FILE", limit: CARRIED_LIMIT }) });
  }
  return files;
}

async function writeCarriedFiles(dir: string, files: readonly TextFile[]): Promise<void> {
  for (const { name, bytes } of files) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFileAtomic(join(dir, name), bytes);
  }
}
