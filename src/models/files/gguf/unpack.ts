/**
 * A GGUF file as a Hugging Face folder: config.json, generation_config.json, safetensors, tokenizer and chat template.
 * Half-precision tensors stay what they are, quantized ones become float32 unless told otherwise.
 */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fail, internal } from "../../../base/errors.ts";
import { writeFileAtomic } from "../../../formats/atomic.ts";
import { readGgufHeader, readGgufTensor, type GgufTensor } from "../../../formats/gguf.ts";
import { writeShardedCheckpoint } from "../../../formats/sharded-checkpoint.ts";
import type { JsonObject } from "../../config-reader.ts";
import { toStored, type SaveDType } from "../../save.ts";
import { findArchitecture, ggufConfig, ggufTensorTargets } from "./architectures.ts";
import { readMetadata, type GgufMetadata } from "./metadata.ts";
import { llama3Scaling, ROPE_FREQUENCIES } from "./rope.ts";
import { ggufTokenizer } from "./tokenizer.ts";

export interface UnpackOptions {
  /** Format of all tensors; absent: float32, but half precision where the file has it. */
  readonly dtype?: SaveDType;
  /** Told how many tensors of how many are written. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Unpacked {
  readonly architecture: string;
  /** How many tensors are stored in which format: { Q4_K: 12, F32: 3 }. */
  readonly formats: Readonly<Record<string, number>>;
  /** What the file does not say and was decided. */
  readonly notes: readonly string[];
}

/**
 * Writes the model of a GGUF file into a folder that exists.
 * @throws E_GGUF, E_DISK_FULL, E_FILE_WRITE
 */
export async function unpackGguf(path: string, dir: string, options: UnpackOptions = {}): Promise<Unpacked> {
  const { dtype, onProgress, signal } = options;
  const metadata = readMetadata(path, await readGgufHeader(path));
  if ((metadata.optionalNumber("split.count") ?? 1) > 1) {
    fail("E_GGUF", {
      where: path,
      what: "the model is split into several files, of which this is one.",
      fix: "Join them first: llama-gguf-split --merge FIRST.gguf WHOLE.gguf",
    });
  }
  const architecture = findArchitecture(metadata);
  const targets = ggufTensorTargets(metadata, architecture);
  const config = { ...ggufConfig(metadata, architecture), ...(await llama3(metadata)) };
  const tokenizer = ggufTokenizer(metadata);
  const formats: Record<string, number> = {};
  let done = 0;
  const tensors = [...targets].map(([stored, { name, restore }]) => {
    const tensor = metadata.tensors.get(stored) ?? internal(`no tensor ${stored}`);
    formats[tensor.type.name] = (formats[tensor.type.name] ?? 0) + 1;
    const format = dtype ?? storedAs(tensor);
    return {
      name,
      dtype: format,
      shape: tensor.shape,
      data: async () => {
        signal?.throwIfAborted();
        const values = await readGgufTensor(path, stored, tensor);
        onProgress?.(++done, targets.size);
        return toStored(restore === undefined ? values : restore(values, tensor.shape, config), format);
      },
    };
  });
  await writeShardedCheckpoint(dir, tensors);
  const main = dtype ?? storedAs(metadata.tensors.get("token_embd.weight"));
  await writeJson(join(dir, "config.json"), { ...config, dtype: main, torch_dtype: main });
  await writeJson(join(dir, "generation_config.json"), generationConfig(metadata));
  for (const { name, bytes } of tokenizer.files) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFileAtomic(join(dir, name), bytes);
  }
  return { architecture: architecture.name, formats, notes: tokenizer.notes };
}

const halves: Readonly<Record<string, SaveDType>> = { F16: "float16", BF16: "bfloat16" };

function storedAs(tensor: GgufTensor | undefined): SaveDType {
  return halves[tensor?.type.name ?? ""] ?? "float32";
}

async function llama3(metadata: GgufMetadata): Promise<JsonObject> {
  const { path, tensors } = metadata;
  const tensor = tensors.get(ROPE_FREQUENCIES);
  if (tensor === undefined) return {};
  const theta = metadata.optionalNumber(".rope.freq_base") ?? 10_000;
  return llama3Scaling(path, await readGgufTensor(path, ROPE_FREQUENCIES, tensor), theta);
}

/** Generation ends at the end of a text, of a turn and of a message. */
function generationConfig(metadata: GgufMetadata): JsonObject {
  const id = (key: string): number | undefined => metadata.optionalNumber(`tokenizer.ggml.${key}_token_id`);
  const ends = ["eos", "eot", "eom"].flatMap((key) => id(key) ?? []);
  const bos = id("bos");
  const pad = id("padding");
  return {
    ...(bos === undefined ? {} : { bos_token_id: bos }),
    ...(ends.length === 0 ? {} : { eos_token_id: [...new Set(ends)] }),
    ...(pad === undefined ? {} : { pad_token_id: pad }),
  };
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}
