/**
 * The header of the safetensors format: 8 bytes of length, then JSON of names, dtypes, shapes and offsets. Bytes in,
 * values out, so that a browser can use it too. Follows the format's published rules and refuses what they forbid:
 * overlaps, holes, sizes that do not fit; and names given twice, which the format's own library lets pass.
 *
 * Left out: reading tensors of dtypes that base/dtype.ts lacks. They are listed and their sizes checked.
 */
import { type DType } from "../base/dtype.ts";
import { fail, internal } from "../base/errors.ts";
import { findJsonFault, lineAndColumn } from "./json-fault.ts";

/** Bytes before the header's JSON: its length. */
export const PREFIX_BYTES = 8;
/** As the format's own library limits it. */
export const HEADER_LIMIT = 100_000_000;

/** Formats of numbers that can be read and written. */
export type StoredDType = DType | "int16";

interface Format {
  readonly bits: number;
  readonly dtype?: StoredDType;
}

/** In the order in which the format's library puts tensors into a file: wide ones first, so that all lie aligned. */
const formats: ReadonlyMap<string, Format> = new Map<string, Format>([
  ["U64", { bits: 64 }],
  ["I64", { bits: 64, dtype: "int64" }],
  ["F64", { bits: 64, dtype: "float64" }],
  ["C64", { bits: 64 }],
  ["F32", { bits: 32, dtype: "float32" }],
  ["U32", { bits: 32 }],
  ["I32", { bits: 32, dtype: "int32" }],
  ["BF16", { bits: 16, dtype: "bfloat16" }],
  ["F16", { bits: 16, dtype: "float16" }],
  ["U16", { bits: 16 }],
  ["I16", { bits: 16, dtype: "int16" }],
  ["F8_E8M0", { bits: 8 }],
  ["F8_E4M3", { bits: 8 }],
  ["F8_E5M2", { bits: 8 }],
  ["I8", { bits: 8, dtype: "int8" }],
  ["U8", { bits: 8, dtype: "uint8" }],
  ["F6_E3M2", { bits: 6 }],
  ["F6_E2M3", { bits: 6 }],
  ["F4", { bits: 4 }],
  ["BOOL", { bits: 8, dtype: "bool" }],
]);

const written = new Map(
  [...formats].flatMap(([stored, { dtype, bits }], rank) =>
    dtype === undefined ? [] : [[dtype, { stored, rank, bytes: bits / 8 }] as const],
  ),
);

export interface SafetensorsEntry {
  /**
   * Format of the numbers. Where base/dtype.ts has no such format this is the name the file gives ("I16", "F8_E4M3"),
   * so that whoever needs floats can say what was found; `readable` tells the two apart.
   */
  readonly dtype: DType;
  /** What it is called in the file: "BF16". */
  readonly stored: string;
  /** Whether its numbers can be read. */
  readonly readable: boolean;
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

/** The file a header is of: its name for messages, and its size in bytes. */
export interface SafetensorsFile {
  readonly path: string;
  readonly fileSize: number;
}

/**
 * Length of the header's JSON, from the first bytes of a file.
 * @throws E_SAFETENSORS
 */
export function safetensorsHeaderLength(start: Uint8Array, { path, fileSize }: SafetensorsFile): number {
  const bad = (what: string, fix?: string): never =>
    fail("E_SAFETENSORS", { where: path, what, ...(fix === undefined ? {} : { fix }) });
  if (start.length < PREFIX_BYTES || fileSize < PREFIX_BYTES) {
    return bad(`the file has ${fileSize} bytes, too few for a header.`);
  }
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length <= BigInt(HEADER_LIMIT) && length <= BigInt(fileSize - PREFIX_BYTES)) return Number(length);
  const text = new TextDecoder("latin1").decode(start.subarray(0, PREFIX_BYTES));
  if (text === "version ") {
    return bad("this is a pointer of Git LFS, not the file it stands for.", "Fetch the file: git lfs pull.");
  }
  if (text.startsWith("PK\u0003\u0004")) {
    return bad(
      "this is a zip archive, as PyTorch saves pickles, not safetensors.",
      "Save the model with safe_serialization=True.",
    );
  }
  return bad(`the header claims ${length} bytes; the file has ${fileSize} and a header at most ${HEADER_LIMIT}.`);
}

/**
 * Reads and checks header JSON (the bytes after the prefix) against the size of the file.
 * @throws E_SAFETENSORS naming the file and the tensor
 */
export function parseSafetensorsHeader(json: Uint8Array, { path, fileSize }: SafetensorsFile): SafetensorsHeader {
  const bad: Bad = (what, cause) => fail("E_SAFETENSORS", { where: path, what, cause });
  const dataOffset = PREFIX_BYTES + json.length;
  const tensors = new Map<string, SafetensorsEntry>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of Object.entries(parseObject(json, bad))) {
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

type Bad = (what: string, cause?: unknown) => never;

function parseObject(bytes: Uint8Array, bad: Bad): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    return bad("the header is not UTF-8.", cause);
  }
  const fault = findJsonFault(text, { uniqueKeys: true });
  if (fault !== undefined) {
    const { line, column } = lineAndColumn(text, fault.offset);
    const place = line === 1 ? `byte ${PREFIX_BYTES + column - 1}` : `line ${line}, column ${column}`;
    return bad(`the header is not JSON as the format wants it: ${fault.reason} (${place}).`);
  }
  const json: unknown = JSON.parse(text);
  return isObject(json) ? json : bad("the header is not a JSON object.");
}

function parseEntry(name: string, value: unknown, dataOffset: number, bad: Bad): SafetensorsEntry {
  const isSize = (n: unknown): n is number => Number.isSafeInteger(n) && (n as number) >= 0;
  if (!isObject(value)) return bad(`tensor "${name}" has no description.`);
  const { dtype: stored, shape, data_offsets: offsets } = value;
  if (typeof stored !== "string") return bad(`tensor "${name}" has no dtype.`);
  if (!Array.isArray(shape) || !shape.every(isSize)) {
    return bad(`tensor "${name}" has the shape ${brief(shape)}, wants a list of sizes.`);
  }
  const [begin, end] = Array.isArray(offsets) && offsets.length === 2 ? (offsets as unknown[]) : [];
  if (!isSize(begin) || !isSize(end) || begin > end) {
    return bad(`tensor "${name}" has the data_offsets ${brief(offsets)}, wants [begin, end].`);
  }
  // With a zero among them the product is small whatever the others are, and would hide that they cannot be meant.
  if (!Number.isSafeInteger(shape.reduce((product: number, dim: number) => product * Math.max(1, dim), 1))) {
    return bad(`tensor "${name}" has the shape ${brief(shape)}, which is too large.`);
  }
  const format = formats.get(stored);
  const length = end - begin;
  const wanted = format === undefined ? length : (format.bits * shape.reduce((a: number, b: number) => a * b, 1)) / 8;
  if (wanted !== length) {
    return bad(
      `tensor "${name}" of ${stored} [${shape.join(", ")}] needs ${wanted} bytes, its data_offsets give ${length}.`,
    );
  }
  const dtype = (format?.dtype === "int16" ? undefined : format?.dtype) ?? (stored as DType);
  return { dtype, stored, readable: format?.dtype !== undefined, shape, offset: dataOffset + begin, length };
}

function checkLayout(
  tensors: ReadonlyMap<string, SafetensorsEntry>,
  dataOffset: number,
  fileSize: number,
  bad: Bad,
): void {
  const ordered = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.length - b.length);
  let at = dataOffset;
  let before = "";
  for (const [name, { offset, length }] of ordered) {
    if (offset < at) bad(`tensor "${name}" overlaps "${before}".`);
    if (offset > at) bad(`there is a hole of ${offset - at} bytes before tensor "${name}".`);
    at = offset + length;
    if (at > fileSize) bad(`tensor "${name}" ends at byte ${at}, but the file has ${fileSize}: it is cut short.`);
    before = name;
  }
  if (at !== fileSize) bad(`${fileSize - at} bytes follow the last tensor.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? "undefined";
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

export interface TensorSpec {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
}

/** Bytes a tensor takes in a file. */
export function storedBytes({ dtype, shape }: TensorSpec): number {
  return shape.reduce((product, dim) => product * dim, formatOf(dtype).bytes);
}

/** Tensors in the order the format's library writes them. */
export function inFileOrder<T extends TensorSpec>(tensors: Iterable<T>): readonly T[] {
  return [...tensors].sort((a, b) => formatOf(a.dtype).rank - formatOf(b.dtype).rank || compareNames(a.name, b.name));
}

/** By Unicode code points, as UTF-8 sorts; UTF-16 units put the astral ones too early. */
function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [[...a], [...b]];
  const differs = left.findIndex((char, i) => char !== right[i]);
  return differs < 0 ? -1 : (left[differs]?.codePointAt(0) ?? 0) - (right[differs]?.codePointAt(0) ?? -1);
}

function formatOf(dtype: StoredDType): { readonly stored: string; readonly rank: number; readonly bytes: number } {
  return written.get(dtype) ?? internal(`dtype ${dtype} cannot be stored`);
}

/** The first bytes of a file that holds these tensors in this order, prefix included. */
export function encodeSafetensorsHeader(
  ordered: readonly TensorSpec[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  // Joined by hand: as an object's keys, names such as "10" would move to the front.
  const members = Object.keys(metadata).length === 0 ? [] : [`"__metadata__":${JSON.stringify(metadata)}`];
  const names = new Set<string>();
  let offset = 0;
  for (const spec of ordered) {
    const { name, dtype, shape } = spec;
    if (names.has(name)) return internal(`two tensors are called ${name}`);
    if (name === "__metadata__") return internal("no tensor may be called __metadata__");
    names.add(name);
    const end = offset + storedBytes(spec);
    const entry = { dtype: formatOf(dtype).stored, shape, data_offsets: [offset, end] };
    members.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    offset = end;
  }
  const json = new TextEncoder().encode(`{${members.join(",")}}`);
  // Padded with blanks, so that numbers lie aligned.
  const header = new Uint8Array(PREFIX_BYTES + Math.ceil(json.length / 8) * 8).fill(0x20);
  if (header.length - PREFIX_BYTES > HEADER_LIMIT) return internal("a header of more than 100 MB cannot be read back");
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - PREFIX_BYTES), true);
  header.set(json, PREFIX_BYTES);
  return header;
}
