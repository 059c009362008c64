/**
 * Reading safetensors files and checkpoint folders made of them (one file, or shards with an index). Only what is
 * asked for is read, in pieces. The header's rules are in safetensors-header.ts, writing is in safetensors-writer.ts.
 *
 * Numbers are taken as they lie, little-endian, as on every machine that Node and the engine run on.
 */
import { stat, type FileHandle } from "node:fs/promises";
import { isAbsolute, join, normalize } from "node:path";
import { bfloat16ToFloat32, byteSize, float16ToFloat32 } from "../base/dtype.ts";
import { fail } from "../base/errors.ts";
import { openRegularFile, readRegularText } from "./read-file.ts";
import { findJsonFault, lineAndColumn } from "./json-fault.ts";
import { otherWeights } from "./other-weights.ts";
import {
  parseSafetensorsHeader,
  PREFIX_BYTES,
  safetensorsHeaderLength,
  type SafetensorsEntry,
  type SafetensorsHeader,
} from "./safetensors-header.ts";

export { parseSafetensorsHeader, type SafetensorsEntry, type SafetensorsHeader } from "./safetensors-header.ts";
export { writeSafetensors, type TensorToWrite } from "./safetensors-writer.ts";

/** One read of a file asks for at most so many bytes. */
const READ_BYTES = 16 * 2 ** 20;

/** A tensor of a checkpoint and the file it lies in. */
export interface CheckpointTensor extends SafetensorsEntry {
  readonly file: string;
}

export interface CheckpointFiles {
  readonly dir: string;
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
}

/** Reads and checks the header of a file. @throws E_SAFETENSORS */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  const file = await openForReading(path);
  try {
    const { size: fileSize } = await file.stat();
    const start = new Uint8Array(Math.min(PREFIX_BYTES, fileSize));
    await readInto(file, start, 0, path);
    const json = new Uint8Array(safetensorsHeaderLength(start, { path, fileSize }));
    await readInto(file, json, PREFIX_BYTES, path);
    return parseSafetensorsHeader(json, { path, fileSize });
  } finally {
    await file.close();
  }
}

const openForReading = (path: string): Promise<FileHandle> =>
  openRegularFile(path, { code: "E_SAFETENSORS", fix: "Check the path and its permissions." });

/** Fills `target` from `offset` of the file on. */
async function readInto(file: FileHandle, target: Uint8Array, offset: number, path: string): Promise<void> {
  for (let done = 0; done < target.length;) {
    const { bytesRead } = await file.read(target, done, Math.min(READ_BYTES, target.length - done), offset + done);
    if (bytesRead === 0) {
      fail("E_SAFETENSORS", { where: path, what: `the file ended at byte ${offset + done} while it was read.` });
    }
    done += bytesRead;
  }
}

/**
 * The tensors of a checkpoint folder: model.safetensors, or the shards that its index names.
 * @throws E_SAFETENSORS, E_SAFETENSORS_INDEX
 */
export async function openCheckpoint(dir: string): Promise<CheckpointFiles> {
  const file = join(dir, "model.safetensors");
  const indexPath = join(dir, "model.safetensors.index.json");
  // What is there and no file is told as what it is, when it is opened.
  if (await exists(file)) {
    const header = await readSafetensorsHeader(file);
    return { dir, tensors: new Map([...header.tensors].map(([name, entry]) => [name, { ...entry, file }])) };
  }
  if (await exists(indexPath)) return openShards(dir, indexPath);
  const others = await otherWeights(dir);
  return fail("E_SAFETENSORS_INDEX", {
    where: dir,
    what: `there is no model.safetensors and no model.safetensors.index.json${others === undefined ? "" : `, only ${others.file} (${others.what})`}.`,
    ...(others === undefined ? {} : { fix: others.fix }),
  });
}

async function openShards(dir: string, indexPath: string): Promise<CheckpointFiles> {
  const bad = (what: string): never => fail("E_SAFETENSORS_INDEX", { where: indexPath, what });
  const headers = new Map<string, SafetensorsHeader>();
  const tensors = new Map<string, CheckpointTensor>();
  for (const [name, shard] of Object.entries(await readWeightMap(indexPath, bad))) {
    if (typeof shard !== "string" || shard === "") return bad(`weight_map names no file for tensor "${name}".`);
    if (isAbsolute(shard) || normalize(shard).startsWith("..")) {
      return bad(`the shard "${shard}" of tensor "${name}" is outside the folder.`);
    }
    const file = join(dir, shard);
    let header = headers.get(shard);
    if (header === undefined) {
      if (!(await exists(file))) return bad(`the shard ${shard} (of tensor "${name}") is missing.`);
      header = await readSafetensorsHeader(file);
      headers.set(shard, header);
    }
    const entry = header.tensors.get(name);
    if (entry === undefined) return bad(`tensor "${name}" is not in ${shard}, where the index says it is.`);
    tensors.set(name, { ...entry, file });
  }
  return { dir, tensors };
}

async function readWeightMap(path: string, bad: (what: string) => never): Promise<Readonly<Record<string, unknown>>> {
  const text = await readRegularText(path, { code: "E_SAFETENSORS_INDEX" });
  const fault = findJsonFault(text, { uniqueKeys: true });
  if (fault !== undefined) {
    const { line, column } = lineAndColumn(text, fault.offset);
    return bad(`the index is not JSON: ${fault.reason} (line ${line}, column ${column}).`);
  }
  const index: unknown = JSON.parse(text);
  const places = isObject(index) ? index["weight_map"] : undefined;
  return isObject(places) ? places : bad("the index has no weight_map.");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** Part of a tensor, counted in numbers over its flat data. */
export interface TensorRange {
  readonly start?: number;
  readonly count?: number;
}

/** Where a range lies in the file, in bytes. */
function locate(entry: CheckpointTensor, range: TensorRange): { readonly offset: number; readonly length: number } {
  if (!entry.readable) {
    fail("E_SAFETENSORS", {
      where: entry.file,
      what: `a tensor of dtype ${entry.stored} was asked for, which cannot be read.`,
      fix: "Use a checkpoint in F32, F16 or BF16.",
    });
  }
  const size = entry.shape.reduce((product, dim) => product * dim, 1);
  const { start = 0, count = size - start } = range;
  if (start < 0 || count < 0 || start + count > size) {
    throw new RangeError(`numbers ${start} to ${start + count} of a tensor that has ${size}`);
  }
  const width = size === 0 ? 0 : entry.length / size;
  return { offset: entry.offset + start * width, length: count * width };
}

const decoders: ReadonlyMap<string, (bytes: ArrayBuffer, target: Float32Array<ArrayBuffer>) => void> = new Map([
  ["float64", (bytes, target) => target.set(new Float64Array(bytes))],
  ["float16", (bytes, target) => void float16ToFloat32(new Uint16Array(bytes), target)],
  ["bfloat16", (bytes, target) => void bfloat16ToFloat32(new Uint16Array(bytes), target)],
]);

/**
 * A float tensor of any width, or a part of it, as float32. Besides the result only one piece of the file is in
 * memory.
 * @throws E_SAFETENSORS, also when it holds no floats
 */
export async function readTensor(entry: CheckpointTensor, range: TensorRange = {}): Promise<Float32Array> {
  const { offset, length } = locate(entry, range);
  const decode = decoders.get(entry.dtype);
  if (decode === undefined && entry.dtype !== "float32") {
    fail("E_SAFETENSORS", {
      where: entry.file,
      what: `a tensor of dtype ${entry.stored} was asked for as floats.`,
      fix: "Use a checkpoint in F32, F16 or BF16.",
    });
  }
  const width = byteSize(entry.dtype);
  const values = new Float32Array(length / width);
  const file = await openForReading(entry.file);
  try {
    if (decode === undefined) await readInto(file, new Uint8Array(values.buffer), offset, entry.file);
    else {
      for (let done = 0; done < length; done += READ_BYTES) {
        const piece = new Uint8Array(Math.min(READ_BYTES, length - done));
        await readInto(file, piece, offset + done, entry.file);
        decode(piece.buffer, values.subarray(done / width, (done + piece.length) / width));
      }
    }
  } finally {
    await file.close();
  }
  return values;
}

/** A tensor in the format it is stored in: float32 or uint8. @throws E_SAFETENSORS, also when it holds anything else */
export async function readStored(entry: CheckpointTensor): Promise<Float32Array | Uint8Array> {
  if (entry.dtype !== "uint8") return readTensor(entry);
  const { offset, length } = locate(entry, {});
  const values = new Uint8Array(length);
  const file = await openForReading(entry.file);
  try {
    await readInto(file, values, offset, entry.file);
  } finally {
    await file.close();
  }
  return values;
}
