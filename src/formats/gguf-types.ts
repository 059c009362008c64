/**
 * The number formats of GGUF files: their numbers in the file, how many numbers a block holds and in how many bytes,
 * and how blocks become float32. Names and sizes as in ggml (GGML_QUANT_SIZES of gguf-py). Formats without
 * `dequantize` are known by name, so that a message can say what was found.
 */
import { bfloat16ToFloat32, float16ToFloat32 } from "../base/dtype.ts";
import * as blocks from "./gguf-blocks.ts";

export interface GgmlType {
  readonly name: string;
  /** Numbers in a block. */
  readonly size: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /** Whole blocks into as many numbers. */
  readonly dequantize?: (source: Uint8Array, target: Float32Array) => void;
}

export const ggmlTypes: ReadonlyMap<number, GgmlType> = new Map<number, GgmlType>([
  [0, { name: "F32", size: 1, bytes: 4, dequantize: (source, target) => target.set(aligned(source, Float32Array)) }],
  [1, { name: "F16", size: 1, bytes: 2, dequantize: (s, t) => void float16ToFloat32(aligned(s, Uint16Array), t) }],
  [2, { name: "Q4_0", size: 32, bytes: 18, dequantize: blocks.q4_0 }],
  [3, { name: "Q4_1", size: 32, bytes: 20, dequantize: blocks.q4_1 }],
  [6, { name: "Q5_0", size: 32, bytes: 22, dequantize: blocks.q5_0 }],
  [7, { name: "Q5_1", size: 32, bytes: 24, dequantize: blocks.q5_1 }],
  [8, { name: "Q8_0", size: 32, bytes: 34, dequantize: blocks.q8_0 }],
  [9, { name: "Q8_1", size: 32, bytes: 40 }],
  [10, { name: "Q2_K", size: 256, bytes: 84, dequantize: blocks.q2_k }],
  [11, { name: "Q3_K", size: 256, bytes: 110, dequantize: blocks.q3_k }],
  [12, { name: "Q4_K", size: 256, bytes: 144, dequantize: blocks.q4_k }],
  [13, { name: "Q5_K", size: 256, bytes: 176, dequantize: blocks.q5_k }],
  [14, { name: "Q6_K", size: 256, bytes: 210, dequantize: blocks.q6_k }],
  [15, { name: "Q8_K", size: 256, bytes: 292 }],
  [16, { name: "IQ2_XXS", size: 256, bytes: 66 }],
  [17, { name: "IQ2_XS", size: 256, bytes: 74 }],
  [18, { name: "IQ3_XXS", size: 256, bytes: 98 }],
  [19, { name: "IQ1_S", size: 256, bytes: 50 }],
  [20, { name: "IQ4_NL", size: 32, bytes: 18 }],
  [21, { name: "IQ3_S", size: 256, bytes: 110 }],
  [22, { name: "IQ2_S", size: 256, bytes: 82 }],
  [23, { name: "IQ4_XS", size: 256, bytes: 136 }],
  [24, { name: "I8", size: 1, bytes: 1 }],
  [25, { name: "I16", size: 1, bytes: 2 }],
  [26, { name: "I32", size: 1, bytes: 4 }],
  [27, { name: "I64", size: 1, bytes: 8 }],
  [28, { name: "F64", size: 1, bytes: 8 }],
  [29, { name: "IQ1_M", size: 256, bytes: 56 }],
  [30, { name: "BF16", size: 1, bytes: 2, dequantize: (s, t) => void bfloat16ToFloat32(aligned(s, Uint16Array), t) }],
  [34, { name: "TQ1_0", size: 256, bytes: 54 }],
  [35, { name: "TQ2_0", size: 256, bytes: 66 }],
  [39, { name: "MXFP4", size: 32, bytes: 17 }],
]);

/** Formats that can be read, for messages. */
export const readableTypes: readonly string[] = [...ggmlTypes.values()].flatMap((type) =>
  type.dequantize === undefined ? [] : [type.name],
);

interface ViewOf<View> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): View;
}

/** The bytes as numbers; copied where they do not lie aligned. */
function aligned<View>(bytes: Uint8Array, type: ViewOf<View>): View {
  const source = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  return new type(source.buffer, source.byteOffset, source.length / type.BYTES_PER_ELEMENT);
}
