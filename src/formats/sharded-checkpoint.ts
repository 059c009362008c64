/**
 * Writing the weights of a checkpoint folder: model.safetensors, or shards of a limited size with the index that
 * transformers writes. Tensors are put into shards in the order given, as huggingface_hub does.
 *
 * Each file appears whole, the index after its shards. Writing over an older checkpoint in place is not atomic as a
 * whole; for that, fill a new folder with writeDirectoryAtomic.
 */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "./atomic.ts";
import { storedBytes } from "./safetensors-header.ts";
import { writeSafetensors, type TensorToWrite } from "./safetensors-writer.ts";

const WHOLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";
const SHARD = /^model-\d{5}-of-\d{5}\.safetensors$/;

export interface ShardedCheckpointOptions {
  /** Bytes of tensors in a file; one larger tensor has a file of its own. Default 5 GB. */
  readonly maxShardBytes?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface WrittenCheckpoint {
  /** Names of the files with tensors, in order. */
  readonly files: readonly string[];
  /** Bytes of all tensors. */
  readonly totalBytes: number;
}

/**
 * Writes the tensors into an existing folder, and removes weights of an earlier, differently cut checkpoint there.
 * @throws E_DISK_FULL, E_FILE_WRITE
 */
export async function writeShardedCheckpoint(
  dir: string,
  tensors: Iterable<TensorToWrite>,
  options: ShardedCheckpointOptions = {},
): Promise<WrittenCheckpoint> {
  const { maxShardBytes = 5e9, metadata = { format: "pt" } } = options;
  const all = [...tensors];
  const shards = cutShards(all, maxShardBytes);
  const files = shards.map((_, i) => (shards.length === 1 ? WHOLE : shardName(i + 1, shards.length)));
  const places = new Map<string, string>();
  for (const [i, shard] of shards.entries()) {
    const file = files[i] as string;
    await writeSafetensors(join(dir, file), shard, metadata);
    for (const { name } of shard) places.set(name, file);
  }
  const totalBytes = all.reduce((sum, tensor) => sum + storedBytes(tensor), 0);
  if (shards.length > 1) {
    const parameters = all.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    await writeFileAtomic(join(dir, INDEX), indexJson(places, { parameters, totalBytes }));
  }
  // A reader prefers the single file, so a stale one would hide the shards.
  const kept = new Set([...files, ...(shards.length > 1 ? [INDEX] : [])]);
  for (const name of await readdir(dir)) {
    const weights = name === WHOLE || name === INDEX || SHARD.test(name);
    if (weights && !kept.has(name)) await rm(join(dir, name), { force: true });
  }
  return { files, totalBytes };
}

function shardName(number: number, count: number): string {
  return `model-${String(number).padStart(5, "0")}-of-${String(count).padStart(5, "0")}.safetensors`;
}

/** Tensors go into the last shard while it has room. One over the limit gets its own, which is not added to. */
function cutShards(tensors: readonly TensorToWrite[], limit: number): readonly (readonly TensorToWrite[])[] {
  const shards: TensorToWrite[][] = [];
  let current: TensorToWrite[] = [];
  let size = 0;
  for (const tensor of tensors) {
    const bytes = storedBytes(tensor);
    if (bytes > limit) {
      shards.push([tensor]);
      continue;
    }
    if (size + bytes > limit) {
      shards.push(current);
      current = [];
      size = 0;
    }
    current.push(tensor);
    size += bytes;
  }
  return current.length > 0 || shards.length === 0 ? [...shards, current] : shards;
}

/** As Python's json.dumps(indent=2, sort_keys=True) writes it: sorted by code points, ASCII only. */
function indexJson(
  places: ReadonlyMap<string, string>,
  { parameters, totalBytes }: { readonly parameters: number; readonly totalBytes: number },
): string {
  const quote = (text: string): string =>
    JSON.stringify(text).replaceAll(
      /[\u007f-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  const sorted = [...places].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return [
    "{",
    '  "metadata": {',
    `    "total_parameters": ${parameters},`,
    `    "total_size": ${totalBytes}`,
    "  },",
    '  "weight_map": {',
    sorted.map(([name, file]) => `    ${quote(name)}: ${quote(file)}`).join(",\n"),
    "  }",
    "}\n",
  ].join("\n");
}
