/**
 * The safetensors format: 8 bytes of header length, a JSON header of names, dtypes, shapes and offsets, then the
 * bytes. Follows the format's published rules, and refuses what they forbid: overlaps, holes, lying sizes.
 *
 * Left out: dtypes narrower than a byte. Tensors of unknown dtypes are listed, and refused when read.
 */
import { open, stat, type FileHandle } from "node:fs/promises";
import { readFile } from "node:fs/promises";
import { isAbsolute, join, normalize } from "node:path";
import { bfloat16ToFloat32, byteSize, float16ToFloat32, type DType } from "../base/dtype.ts";
import { fail, internal } from "../base/errors.ts";
import { writeFileAtomicBy } from "./atomic.ts";

/** As the format's own library limits it. */
const HEADER_LIMIT = 100 * 2 ** 20;
const INDEX_LIMIT = 64 * 2 ** 20;
const COPY_BYTES = 64 * 2 ** 20;

const dtypeNames: Readonly<Record<string, DType>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  U8: "uint8",
  I8: "int8",
  BOOL: "bool",
};
const storedNames = new Map(Object.entries(dtypeNames).map(([stored, dtype]) => [dtype, stored]));

export interface SafetensorsEntry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** From the start of the file. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
}

export interface SafetensorsHeader {
  readonly path: string;
  /** Where tensor bytes begin. */
  readonly dataOffset: number;
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A tensor of a checkpoint and the file it lies in. */
export interface CheckpointTensor extends SafetensorsEntry {
  readonly file: string;
}

export interface CheckpointFiles {
  readonly dir: string;
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
}

/**
 * Checks header JSON against the size of the file.
 * @throws E_SAFETENSORS naming the file and the tensor
 */
export function parseSafetensorsHeader(
  header: string,
  { path, dataOffset, fileSize }: { readonly path: string; readonly dataOffset: number; readonly fileSize: number },
): SafetensorsHeader {
  const bad = (what: string, cause?: unknown): never => fail("E_SAFETENSORS", { where: path, what, cause });
  let json: unknown;
  try {
    json = JSON.parse(header);
  } catch (cause) {
    return bad(`the header is not JSON: ${(cause as Error).message}.`, cause);
  }
  if (!isObject(json)) return bad("the header is not a JSON object.");
  const tensors = new Map<string, SafetensorsEntry>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of Object.entries(json)) {
    if (name === "__metadata__") {
      if (!isObject(value) || Object.values(value).some((text) => typeof text !== "string")) {
        return bad("__metadata__ is not a map of texts.");
      }
      metadata = value as Record<string, string>;
    } else tensors.set(name, parseEntry(name, value, dataOffset, bad));
  }
  checkLayout(tensors, dataOffset, fileSize, bad);
  return { path, dataOffset, tensors, metadata };
}

type Bad = (what: string) => never;

function parseEntry(name: string, value: unknown, dataOffset: number, bad: Bad): SafetensorsEntry {
  const isSize = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!isObject(value)) return bad(`tensor "${name}" has no description.`);
  const { dtype: stored, shape, data_offsets: offsets } = value;
  if (typeof stored !== "string") return bad(`tensor "${name}" has no dtype.`);
  if (!Array.isArray(shape) || !shape.every(isSize)) return bad(`tensor "${name}" has shape ${JSON.stringify(shape)}.`);
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 ? (offsets as unknown[]) : [];
  if (!isSize(begin) || !isSize(end) || begin > end) {
    return bad(`tensor "${name}" has data_offsets ${JSON.stringify(offsets)}.`);
  }
  const dtype = dtypeNames[stored];
  const length = end - begin;
  if (dtype === undefined) return { dtype: stored as DType, shape, offset: dataOffset + begin, length };
  const wanted = shape.reduce((product: number, dim: number) => product * dim, byteSize(dtype));
  if (wanted !== length) {
    return bad(`tensor "${name}" ${stored} [${shape.join(", ")}] needs ${wanted} bytes, its offsets give ${length}.`);
  }
  return { dtype, shape, offset: dataOffset + begin, length };
}

function checkLayout(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  dataOffset: number,
  fileSize: number,
  bad: Bad,
): void {
  const ordered = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.length - b.length);
  let at = dataOffset;
  for (const [name, { offset, length }] of ordered) {
    if (offset < at) bad(`tensor "${name}" overlaps the one before it.`);
    if (offset > at) bad(`there is a hole of ${offset - at} bytes before tensor "${name}".`);
    at = offset + length;
    if (at > fileSize) bad(`tensor "${name}" ends at byte ${at}, but the file has ${fileSize}: it is cut short.`);
  }
  if (at !== fileSize) bad(`${fileSize - at} bytes follow the last tensor.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads and checks the header of a file. @throws E_SAFETENSORS */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  const file = await openForReading(path);
  try {
    const { size } = await file.stat();
    if (size < 8) fail("E_SAFETENSORS", { where: path, what: `the file has ${size} bytes, too few for a header.` });
    const prefix = new DataView((await readBytes(file, 0, 8, path)).buffer);
    const length = prefix.getBigUint64(0, true);
    if (length > BigInt(HEADER_LIMIT) || length > BigInt(size - 8)) {
      fail("E_SAFETENSORS", {
        where: path,
        what: `the header claims ${length} bytes; the file has ${size} and a header at most ${HEADER_LIMIT}.`,
      });
    }
    const header = await readBytes(file, 8, Number(length), path);
    const text = new TextDecoder("utf-8", { fatal: true });
    let decoded: string;
    try {
      decoded = text.decode(header);
    } catch (cause) {
      return fail("E_SAFETENSORS", { where: path, what: "the header is not UTF-8.", cause });
    }
    return parseSafetensorsHeader(decoded, { path, dataOffset: 8 + Number(length), fileSize: size });
  } finally {
    await file.close();
  }
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    return fail("E_SAFETENSORS", {
      where: path,
      what: `the file cannot be opened: ${(cause as Error).message}.`,
      cause,
    });
  }
}

async function readBytes(
  file: FileHandle,
  offset: number,
  length: number,
  path: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, Math.min(COPY_BYTES, length - done), offset + done);
    if (bytesRead === 0)
      fail("E_SAFETENSORS", { where: path, what: `the file ended at byte ${offset + done} while it was read.` });
    done += bytesRead;
  }
  return bytes;
}

/**
 * The tensors of a checkpoint folder: model.safetensors, or the shards that its index names.
 * @throws E_SAFETENSORS, E_SAFETENSORS_INDEX
 */
export async function openCheckpoint(dir: string): Promise<CheckpointFiles> {
  const indexPath = join(dir, "model.safetensors.index.json");
  if (!(await isFile(join(dir, "model.safetensors"))) && (await isFile(indexPath))) return openShards(dir, indexPath);
  const file = join(dir, "model.safetensors");
  if (!(await isFile(file))) {
    fail("E_SAFETENSORS_INDEX", {
      where: dir,
      what: "there is no model.safetensors and no model.safetensors.index.json.",
    });
  }
  const header = await readSafetensorsHeader(file);
  return { dir, tensors: new Map([...header.tensors].map(([name, entry]) => [name, { ...entry, file }])) };
}

async function openShards(dir: string, indexPath: string): Promise<CheckpointFiles> {
  const bad = (what: string, cause?: unknown): never => fail("E_SAFETENSORS_INDEX", { where: indexPath, what, cause });
  if ((await stat(indexPath)).size > INDEX_LIMIT) bad(`the index is larger than ${INDEX_LIMIT} bytes.`);
  let index: unknown;
  try {
    index = JSON.parse(await readFile(indexPath, "utf8"));
  } catch (cause) {
    return bad(`the index is not JSON: ${(cause as Error).message}.`, cause);
  }
  const places = isObject(index) ? index["weight_map"] : undefined;
  if (!isObject(places)) return bad("the index has no weight_map.");
  const headers = new Map<string, SafetensorsHeader>();
  const tensors = new Map<string, CheckpointTensor>();
  for (const [name, shard] of Object.entries(places)) {
    if (typeof shard !== "string") return bad(`weight_map names no file for "${name}".`);
    if (isAbsolute(shard) || normalize(shard).startsWith("..")) return bad(`shard "${shard}" is outside the folder.`);
    const file = join(dir, shard);
    let header = headers.get(shard);
    if (header === undefined) {
      if (!(await isFile(file))) return bad(`shard ${shard} is missing.`);
      header = await readSafetensorsHeader(file);
      headers.set(shard, header);
    }
    const entry = header.tensors.get(name);
    if (entry === undefined) return bad(`tensor "${name}" is not in ${shard}, where the index says it is.`);
    tensors.set(name, { ...entry, file });
  }
  return { dir, tensors };
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

/** The bytes of a tensor as they are stored. */
export async function readTensorBytes(entry: CheckpointTensor): Promise<Uint8Array<ArrayBuffer>> {
  const file = await openForReading(entry.file);
  try {
    return await readBytes(file, entry.offset, entry.length, entry.file);
  } finally {
    await file.close();
  }
}

/** A float tensor of any width as float32. @throws E_SAFETENSORS when it holds no floats */
export async function readTensor(entry: CheckpointTensor): Promise<Float32Array> {
  const decode: Partial<Record<DType, (buffer: ArrayBuffer) => Float32Array>> = {
    float32: (buffer) => new Float32Array(buffer),
    float64: (buffer) => Float32Array.from(new Float64Array(buffer)),
    float16: (buffer) => float16ToFloat32(new Uint16Array(buffer)),
    bfloat16: (buffer) => bfloat16ToFloat32(new Uint16Array(buffer)),
  };
  const read = decode[entry.dtype];
  if (read === undefined) {
    return fail("E_SAFETENSORS", {
      where: entry.file,
      what: `a tensor of dtype ${entry.dtype} was asked for as floats.`,
    });
  }
  return read((await readTensorBytes(entry)).buffer);
}

export interface TensorToWrite {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The stored numbers: bfloat16 and float16 as Uint16Array. */
  readonly data: ArrayBufferView;
}

/** Writes a file whole or not at all, tensors in the order the format's library chooses (wide dtypes first, then names). */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const ordered = [...tensors].sort(
    (a, b) => byteSize(b.dtype) - byteSize(a.dtype) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  const entries: [string, unknown][] = Object.keys(metadata).length === 0 ? [] : [["__metadata__", metadata]];
  let offset = 0;
  for (const { name, dtype, shape, data } of ordered) {
    const size = shape.reduce((product, dim) => product * dim, byteSize(dtype));
    if (size !== data.byteLength) internal(`tensor ${name} has ${data.byteLength} bytes, its shape wants ${size}`);
    const stored = storedNames.get(dtype) ?? internal(`dtype ${dtype} cannot be stored`);
    entries.push([name, { dtype: stored, shape, data_offsets: [offset, offset + size] }]);
    offset += size;
  }
  if (new Set(ordered.map(({ name }) => name)).size !== ordered.length) internal("two tensors of one name");
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  // Padded with spaces, so that numbers lie aligned.
  const header = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(json, 8);
  await writeFileAtomicBy(path, async (file) => {
    await file.writeFile(header);
    for (const { data } of ordered) {
      for (let done = 0; done < data.byteLength; done += COPY_BYTES) {
        const size = Math.min(COPY_BYTES, data.byteLength - done);
        await file.writeFile(new Uint8Array(data.buffer, data.byteOffset + done, size));
      }
    }
  });
}
