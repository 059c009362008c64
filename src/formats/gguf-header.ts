/**
 * The header of a GGUF file (versions 2 and 3): key-value metadata, then name, shape, format and place of every
 * tensor. Bytes in, values out. Follows ggml's specification and refuses what would let a file of some bytes claim
 * more: counts are held against the bytes that are left, names and keys come once, tensors lie inside the file and
 * apart from each other.
 *
 * Left out: version 1, which no tool has written since 2023, and files of big-endian machines.
 */
import { fail } from "../base/errors.ts";
import { ggmlTypes, type GgmlType } from "./gguf-types.ts";

/** Lists of numbers come as typed arrays, lists of lists not at all: no tool writes them. */
export type GgufValue = string | number | bigint | boolean | readonly string[] | NumberList;
export type NumberList =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

export interface GgufTensor {
  readonly type: GgmlType;
  /** Outermost first, as everywhere but in the file. */
  readonly shape: readonly number[];
  /** From the start of the file. */
  readonly offset: number;
  /** In bytes. */
  readonly length: number;
}

export interface GgufHeader {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

/** More bytes are needed than were given: the header goes on. */
export const needsMore: unique symbol = Symbol("needs more");

const MAGIC = 0x46554747;
const NAME_LIMIT = 4096;
const KEY_LIMIT = 65_535;
const STRING_LIMIT = 16 * 2 ** 20;

/**
 * Parses a header from the first bytes of a file, or says that they are not enough.
 * @throws E_GGUF naming the file and the key or tensor
 */
export function parseGgufHeader(
  start: Uint8Array,
  { path, fileSize }: { readonly path: string; readonly fileSize: number },
): GgufHeader | typeof needsMore {
  const bad: Bad = (what, fix) => fail("E_GGUF", { where: path, what, ...(fix === undefined ? {} : { fix }) });
  const reader = createReader(start, fileSize, bad);
  try {
    return parse(reader, fileSize, bad);
  } catch (error) {
    if (error === needsMore) return needsMore;
    throw error;
  }
}

type Bad = (what: string, fix?: string) => never;

interface Reader {
  /** Moves on by so many bytes and gives where they begin. */
  take(bytes: number, what: string): number;
  readonly view: DataView;
  readonly at: () => number;
  /** How many bytes the file has behind this place. */
  readonly left: () => number;
}

function createReader(start: Uint8Array, fileSize: number, bad: Bad): Reader {
  let at = 0;
  return {
    view: new DataView(start.buffer, start.byteOffset, start.length),
    at: () => at,
    left: () => fileSize - at,
    take: (bytes, what) => {
      if (bytes > fileSize - at) return bad(`the file ends at byte ${fileSize}, inside of ${what}.`);
      // oxlint-disable-next-line typescript/only-throw-error -- a signal to the caller above, not an error
      if (bytes > start.length - at) throw needsMore;
      at += bytes;
      return at - bytes;
    },
  };
}

function parse(reader: Reader, fileSize: number, bad: Bad): GgufHeader {
  const { view } = reader;
  const magic = fileSize < 24 ? 0 : view.getUint32(reader.take(4, "the header"), true);
  if (magic !== MAGIC) return bad("this is not a GGUF file: it does not begin with GGUF.");
  const version = view.getUint32(reader.take(4, "the header"), true);
  if (version === 0x02000000 || version === 0x03000000) return bad("the file is of a big-endian machine.");
  if (version !== 2 && version !== 3) {
    return bad(`the file is of version ${version}; 2 and 3 can be read.`, "Convert the model anew with llama.cpp.");
  }
  const tensorCount = readCount(reader, "tensors", 24, bad);
  const keyCount = readCount(reader, "keys", 13, bad);
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < keyCount; i++) {
    const key = readString(reader, "a key", KEY_LIMIT, bad);
    if (metadata.has(key)) return bad(`the key ${show(key)} is given twice.`);
    metadata.set(key, readValue(reader, view.getUint32(reader.take(4, key), true), key, bad));
  }
  const alignment = metadata.get("general.alignment") ?? 32;
  if (typeof alignment !== "number" || alignment < 8 || alignment > 65_536 || (alignment & (alignment - 1)) !== 0) {
    return bad(`general.alignment is ${String(alignment)}, wants a power of two.`);
  }
  const listed: (readonly [string, GgufTensor])[] = [];
  for (let i = 0; i < tensorCount; i++) listed.push(readTensorInfo(reader, bad));
  const dataOffset = Math.ceil(reader.at() / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  for (const [name, tensor] of listed) {
    if (tensors.has(name)) return bad(`the tensor ${show(name)} is given twice.`);
    if (tensor.offset % alignment !== 0) return bad(`the tensor ${show(name)} does not lie aligned.`);
    tensors.set(name, { ...tensor, offset: dataOffset + tensor.offset });
  }
  checkPlaces(tensors, fileSize, bad);
  return { metadata, tensors };
}

/** A count of things that take at least so many bytes each. */
function readCount(reader: Reader, what: string, leastBytes: number, bad: Bad): number {
  const count = reader.view.getBigUint64(reader.take(8, `the number of ${what}`), true);
  if (count > BigInt(Math.floor(reader.left() / leastBytes))) {
    return bad(`the header claims ${count} ${what}, but the file has only ${reader.left()} more bytes.`);
  }
  return Number(count);
}

// A token may begin with a byte order mark.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function readString(reader: Reader, what: string, limit: number, bad: Bad): string {
  const length = reader.view.getBigUint64(reader.take(8, what), true);
  if (length > BigInt(limit)) return bad(`${what} claims a text of ${length} bytes; at most ${limit} are read.`);
  const at = reader.take(Number(length), what);
  return decoder.decode(new Uint8Array(reader.view.buffer, reader.view.byteOffset + at, Number(length)));
}

type Scalar = (view: DataView, at: number) => number | bigint | boolean;

interface ScalarType {
  readonly bytes: number;
  readonly read: Scalar;
  readonly list: (bytes: Uint8Array) => NumberList;
}

const scalars: ReadonlyMap<number, ScalarType> = new Map<number, ScalarType>([
  [0, { bytes: 1, read: (v, at) => v.getUint8(at), list: (b) => b }],
  [1, { bytes: 1, read: (v, at) => v.getInt8(at), list: (b) => new Int8Array(b.buffer) }],
  [2, { bytes: 2, read: (v, at) => v.getUint16(at, true), list: (b) => new Uint16Array(b.buffer) }],
  [3, { bytes: 2, read: (v, at) => v.getInt16(at, true), list: (b) => new Int16Array(b.buffer) }],
  [4, { bytes: 4, read: (v, at) => v.getUint32(at, true), list: (b) => new Uint32Array(b.buffer) }],
  [5, { bytes: 4, read: (v, at) => v.getInt32(at, true), list: (b) => new Int32Array(b.buffer) }],
  [6, { bytes: 4, read: (v, at) => v.getFloat32(at, true), list: (b) => new Float32Array(b.buffer) }],
  [7, { bytes: 1, read: (v, at) => v.getUint8(at) !== 0, list: (b) => b }],
  [10, { bytes: 8, read: (v, at) => plain(v.getBigUint64(at, true)), list: (b) => new BigUint64Array(b.buffer) }],
  [11, { bytes: 8, read: (v, at) => plain(v.getBigInt64(at, true)), list: (b) => new BigInt64Array(b.buffer) }],
  [12, { bytes: 8, read: (v, at) => v.getFloat64(at, true), list: (b) => new Float64Array(b.buffer) }],
]);

const plain = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

const STRING = 8;
const LIST = 9;

function readValue(reader: Reader, type: number, key: string, bad: Bad): GgufValue {
  const { view } = reader;
  const what = `the value of ${show(key)}`;
  if (type === STRING) return readString(reader, what, STRING_LIMIT, bad);
  const scalar = scalars.get(type);
  if (scalar !== undefined) return scalar.read(view, reader.take(scalar.bytes, what));
  if (type !== LIST) return bad(`${what} is of an unknown kind (${type}).`);
  const kind = view.getUint32(reader.take(4, what), true);
  if (kind === STRING) {
    const count = readCount(reader, `texts in ${show(key)}`, 8, bad);
    return Array.from({ length: count }, () => readString(reader, what, STRING_LIMIT, bad));
  }
  const item = scalars.get(kind) ?? bad(`${what} is a list of an unknown kind (${kind}).`);
  const count = readCount(reader, `numbers in ${show(key)}`, item.bytes, bad);
  const at = view.byteOffset + reader.take(count * item.bytes, what);
  // Copied, so that numbers lie aligned and the header's bytes can go.
  return item.list(new Uint8Array(view.buffer.slice(at, at + count * item.bytes)));
}

function readTensorInfo(reader: Reader, bad: Bad): readonly [string, GgufTensor] {
  const { view } = reader;
  const name = readString(reader, "the name of a tensor", NAME_LIMIT, bad);
  const what = `the tensor ${show(name)}`;
  const dims = view.getUint32(reader.take(4, what), true);
  if (dims > 4) return bad(`${what} has ${dims} dimensions; 4 are the most.`);
  const shape: number[] = [];
  for (let i = 0; i < dims; i++) {
    const size = view.getBigUint64(reader.take(8, what), true);
    if (size < 1n || size > 2n ** 40n) return bad(`${what} has a dimension of ${size}.`);
    shape.unshift(Number(size));
  }
  const code = view.getUint32(reader.take(4, what), true);
  const type = ggmlTypes.get(code) ?? bad(`${what} is of the format number ${code}, which is not known.`);
  const offset = plain(view.getBigUint64(reader.take(8, what), true));
  const count = shape.reduce((product, size) => product * size, 1);
  const row = shape.at(-1) ?? 1;
  if (!Number.isSafeInteger(count) || typeof offset === "bigint") return bad(`${what} is larger than can be.`);
  if (row % type.size !== 0)
    return bad(`${what} has rows of ${row}, which is no multiple of ${type.size} (${type.name}).`);
  return [name, { type, shape, offset, length: (count / type.size) * type.bytes }];
}

function checkPlaces(tensors: ReadonlyMap<string, GgufTensor>, fileSize: number, bad: Bad): void {
  let end = 0;
  let before = "";
  for (const [name, { offset, length }] of [...tensors].sort(([, a], [, b]) => a.offset - b.offset)) {
    if (offset < end) bad(`the tensor ${show(name)} overlaps ${show(before)}.`);
    end = offset + length;
    if (end > fileSize) {
      bad(`the tensor ${show(name)} ends at byte ${end}, but the file has ${fileSize}: it is cut short.`);
    }
    before = name;
  }
}

function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}
