/**
 * Writes models in the layouts other tools read: full checkpoints as transformers saves them, adapters as PEFT
 * does. Everything goes into a folder the caller made; replacing an older folder at once is the caller's part.
 */
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { float32ToBfloat16, float32ToFloat16 } from "../base/dtype.ts";
import { fail } from "../base/errors.ts";
import { writeFileAtomic } from "../formats/atomic.ts";
import { writeSafetensors } from "../formats/safetensors.ts";
import { writeShardedCheckpoint } from "../formats/sharded-checkpoint.ts";
import type { TypedArray } from "../tensor/index.ts";
import type { TextFile } from "../text/tokenizer.ts";
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, adapterConfigJson, toPeftName } from "./adapters/peft.ts";
import type { Lora } from "./adapters/lora.ts";
import type { DecoderConfig, JsonObject } from "./config.ts";
import type { Checkpoint } from "./load.ts";
import type { ParameterSpec } from "./parameters.ts";

export type SaveDType = "float32" | "bfloat16" | "float16";

/** Values of one tensor by name; asked for once each, in order. */
export type ReadValues = (name: string) => Float32Array | Promise<Float32Array>;

export interface SaveModelOptions {
  readonly model: Pick<Checkpoint, "rawConfig" | "generationConfig">;
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
  await writeJson(join(dir, "config.json"), config);
  if (model.generationConfig !== undefined) {
    await writeJson(join(dir, "generation_config.json"), model.generationConfig);
  }
  await writeCarriedFiles(dir, files);
}

export interface SaveAdapterOptions {
  readonly lora: Lora;
  readonly config: DecoderConfig;
  readonly read: ReadValues;
  /** Path or name of the base model. */
  readonly baseModel: string;
  readonly files: readonly TextFile[];
  readonly dtype?: SaveDType;
}

/** adapter_model.safetensors, adapter_config.json and the carried files. */
export async function saveAdapter(dir: string, options: SaveAdapterOptions): Promise<void> {
  const { lora, config, read, baseModel, files, dtype = "float32" } = options;
  const stored = await Promise.all(
    lora.specs.map(async ({ name, shape }) => ({
      name: toPeftName(name),
      dtype,
      shape,
      data: toStored(await read(name), dtype),
    })),
  );
  await writeSafetensors(join(dir, ADAPTER_WEIGHTS), stored, { format: "pt" });
  await writeJson(join(dir, ADAPTER_CONFIG), adapterConfigJson(lora, config, { baseModel }));
  await writeCarriedFiles(dir, files);
}

/** Float32 numbers in the format they are stored in. */
export function toStored(values: Float32Array, dtype: SaveDType): TypedArray {
  if (dtype === "float32") return values;
  return dtype === "bfloat16" ? float32ToBfloat16(values) : float32ToFloat16(values);
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
}

/** What makes a checkpoint usable besides config and weights. */
const carried: readonly string[] = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "tokenizer.model",
  "chat_template.jinja",
  "chat_template.json",
];
const carriedFolder = "additional_chat_templates";
const CARRIED_LIMIT = 256 * 2 ** 20;

/** Tokenizer files and chat templates of a folder, for checkpoints whose tokenizer need not be understood. */
export async function readCarriedFiles(dir: string): Promise<readonly TextFile[]> {
  const list = (path: string): Promise<string[]> => readdir(path).catch(() => []);
  const present = new Set(await list(dir));
  const more = (await list(join(dir, carriedFolder))).filter((name) => name.endsWith(".jinja")).sort();
  const names = [...carried.filter((name) => present.has(name)), ...more.map((name) => `${carriedFolder}/${name}`)];
  const files: TextFile[] = [];
  for (const name of names) {
    const path = join(dir, name);
    const { size } = await stat(path);
    if (size > CARRIED_LIMIT)
      fail("E_MODEL_FILE", { where: path, what: `the file has ${size} bytes, too many for its kind.` });
    files.push({ name, bytes: await readFile(path) });
  }
  return files;
}

async function writeCarriedFiles(dir: string, files: readonly TextFile[]): Promise<void> {
  for (const { name, bytes } of files) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFileAtomic(join(dir, name), bytes);
  }
}
