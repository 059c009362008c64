/** Writes small GGUF files, also broken ones, for tests. */

export interface GgufToWrite {
  readonly magic?: string;
  readonly version?: number;
  readonly tensorCount?: bigint;
  readonly keyCount?: bigint;
  readonly keys?: readonly (readonly [string, Value])[];
  readonly tensors?: readonly TensorToWrite[];
  /** Bytes behind the last tensor; a negative number cuts the file. */
  readonly extra?: number;
}

type Value =
  | { readonly text: string }
  | { readonly uint: number }
  | { readonly float: number }
  | { readonly bool: boolean }
  | { readonly texts: readonly string[] }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly raw: Uint8Array };

export interface TensorToWrite {
  readonly name: string;
  /** As in a model: outermost first. */
  readonly shape: readonly number[];
  readonly type: number;
  readonly data: Uint8Array;
  readonly offset?: number;
}

const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const u64 = (value: bigint | number): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);
const f32 = (value: number): Uint8Array => new Uint8Array(Float32Array.of(value).buffer);

function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function encode(value: Value): Uint8Array {
  if ("text" in value) return Buffer.concat([u32(8), text(value.text)]);
  if ("uint" in value) return Buffer.concat([u32(4), u32(value.uint)]);
  if ("float" in value) return Buffer.concat([u32(6), f32(value.float)]);
  if ("bool" in value) return Buffer.concat([u32(7), Uint8Array.of(value.bool ? 1 : 0)]);
  if ("texts" in value) return Buffer.concat([u32(9), u32(8), u64(value.texts.length), ...value.texts.map(text)]);
  if ("ints" in value) {
    return Buffer.concat([u32(9), u32(5), u64(value.ints.length), new Uint8Array(Int32Array.from(value.ints).buffer)]);
  }
  if ("floats" in value) return Buffer.concat([u32(9), u32(6), u64(value.floats.length), ...value.floats.map(f32)]);
  return value.raw;
}

const ALIGNMENT = 32;
const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

export function ggufBytes(file: GgufToWrite): Uint8Array {
  const { magic = "GGUF", version = 3, keys = [], tensors = [], extra = 0 } = file;
  const parts = [
    new TextEncoder().encode(magic),
    u32(version),
    u64(file.tensorCount ?? tensors.length),
    u64(file.keyCount ?? keys.length),
    ...keys.flatMap(([key, value]) => [text(key), encode(value)]),
  ];
  let offset = 0;
  for (const tensor of tensors) {
    parts.push(text(tensor.name), u32(tensor.shape.length), ...tensor.shape.toReversed().map(u64));
    parts.push(u32(tensor.type), u64(tensor.offset ?? offset));
    offset += padded(tensor.data.length);
  }
  const header = Buffer.concat(parts);
  const whole = Buffer.concat([
    header,
    new Uint8Array(tensors.length === 0 ? 0 : padded(header.length) - header.length),
    ...tensors.flatMap(({ data }) => [data, new Uint8Array(padded(data.length) - data.length)]),
  ]);
  return extra < 0 ? whole.subarray(0, whole.length + extra) : Buffer.concat([whole, new Uint8Array(extra)]);
}

/** Float32 numbers as the bytes of an F32 tensor. */
export const floatBytes = (values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
