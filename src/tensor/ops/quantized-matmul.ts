/**
 * Products with a frozen matrix in few bits, by the engine's own kernels.
 *
 * matmulBnb4: 4-bit floats in blocks, as QLoRA has them (Dettmers et al. 2023, section 3; NF4 of bitsandbytes). The
 * matrix [N, K] is flattened, two numbers a byte, the first in the high half; each block of numbers has its largest
 * magnitude. A gradient goes to x alone. matmulNBits: whole numbers of 4 or 8 bits with a scale for each block of a
 * row, for serving; it has no gradient.
 */
import { fail } from "../../base/errors.ts";
import type { NodeOf, Tensor, TensorType } from "../graph.ts";
import type { DenseArray, Emitter, OpRule } from "../rule.ts";
import { formatShape, sameShape, type Shape } from "../shape.ts";
import { dense, only, requireFloat } from "./elementwise.ts";

/** NF4: quantiles of a normal distribution (bitsandbytes, create_normal_map). */
export const nf4Values: readonly number[] = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
  -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
  0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
];

/** FP4: sign, two bits of exponent, one of mantissa (bitsandbytes). */
export const fp4Values: readonly number[] = [
  0, 0.00520833333333, 0.66666667, 1, 0.33333333, 0.5, 0.16666667, 0.25, 0, -0.00520833333333, -0.66666667, -1,
  -0.33333333, -0.5, -0.16666667, -0.25,
];

export interface Bnb4Attributes {
  /** Columns of x and of the matrix [rows, columns] as it was quantized. */
  readonly columns: number;
  readonly rows: number;
  readonly blockSize: number;
  readonly type: "nf4" | "fp4";
  /** Whether x @ matrix is meant, the way back, instead of x @ matrixᵀ. */
  readonly back: boolean;
}

function requireShape(op: string, tensor: Tensor, dtype: TensorType["dtype"], shape: Shape): void {
  if (tensor.dtype === dtype && sameShape(tensor.shape, shape)) return;
  fail("E_TENSOR_SHAPE", {
    what: `${op}: got ${tensor.dtype} ${formatShape(tensor.shape)}, wants ${dtype} ${formatShape(shape)}.`,
  });
}

function requireWidth(op: string, x: Tensor, width: number): TensorType {
  if (x.shape.at(-1) !== width) {
    fail("E_TENSOR_SHAPE", { what: `${op}: ${formatShape(x.shape)} does not end in ${width}.` });
  }
  return requireFloat(op, x);
}

/** x [..., inner] times matrix [outer, inner] given by its elements. */
function product(x: DenseArray, outer: number, inner: number, at: (row: number, column: number) => number): DenseArray {
  const rows = x.data.length / inner;
  const data = new Float64Array(rows * outer);
  for (let row = 0; row < rows; row++) {
    for (let o = 0; o < outer; o++) {
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += (x.data[row * inner + k] as number) * at(o, k);
      data[row * outer + o] = sum;
    }
  }
  return { shape: [...x.shape.slice(0, -1), outer], data };
}

/** x [..., columns], bytes uint8 [rows*columns/2], scales [rows*columns/blockSize] -> [..., rows]. */
export const matmulBnb4: OpRule<Bnb4Attributes> = {
  infer: (inputs, { columns, rows, blockSize, back }) => {
    const [x, bytes, scales] = [only(inputs, 0), only(inputs, 1), only(inputs, 2)];
    const type = requireWidth("matmulBnb4", x, back ? rows : columns);
    const count = rows * columns;
    if (count % blockSize !== 0 || blockSize < 16 || !Number.isInteger(Math.log2(blockSize))) {
      fail("E_TENSOR_SHAPE", {
        what: `matmulBnb4: ${count} numbers do not split into blocks of ${blockSize}; wants blocks of 16, 32, 64, ...`,
      });
    }
    requireShape("matmulBnb4", bytes, "uint8", [count / 2]);
    requireShape("matmulBnb4", scales, type.dtype, [count / blockSize]);
    return [{ dtype: type.dtype, shape: [...x.shape.slice(0, -1), back ? columns : rows] }];
  },
  emit: (emitter, names, node) => {
    const { columns, rows, blockSize, type, back } = node.attributes;
    if (back) return emitBack(emitter, names, node);
    const attributes = { K: columns, N: rows, block_size: blockSize, quant_type: type === "nf4" ? 1 : 0 };
    return emitter.node("MatMulBnb4", names, attributes, { domain: "com.microsoft" });
  },
  reference: (inputs, { attributes: { columns, rows, blockSize, type, back } }) => {
    const [x, bytes, scales] = [dense(inputs, 0), dense(inputs, 1), dense(inputs, 2)];
    const values = type === "nf4" ? nf4Values : fp4Values;
    const at = (row: number, column: number): number => {
      const flat = row * columns + column;
      const byte = bytes.data[flat >> 1] as number;
      return (
        (values[flat % 2 === 0 ? byte >> 4 : byte & 15] as number) *
        (scales.data[Math.floor(flat / blockSize)] as number)
      );
    };
    return [back ? product(x, columns, rows, (o, k) => at(k, o)) : product(x, rows, columns, at)];
  },
  vjp: (t, { inputs, grads, wanted, attributes }) => [
    wanted[0]
      ? t.apply("matmulBnb4", [grads[0] as Tensor, only(inputs, 1), only(inputs, 2)], {
          ...attributes,
          back: !attributes.back,
        })[0]
      : undefined,
    undefined,
    undefined,
  ],
  cases: (["nf4", "fp4"] as const).flatMap((type) =>
    [false, true].map((back) => ({
      inputs: [
        { shape: [2, 3, back ? 4 : 16] },
        { shape: [32], values: Array.from({ length: 32 }, (_, i) => (i * 37 + 11) % 256), dtype: "uint8" as const },
        { shape: [4], positive: true },
      ],
      attributes: { columns: 16, rows: 4, blockSize: 16, type, back },
      wrt: [0],
    })),
  ),
};

/**
 * The way back takes the matrix out of its bits, two numbers a byte from a table: with transB 0 the engine's kernel
 * for the processor multiplies by the wrong matrix (1.30).
 */
function emitBack(emitter: Emitter, names: readonly string[], node: NodeOf<Bnb4Attributes>): readonly string[] {
  const { columns, rows, blockSize, type } = node.attributes;
  const [g, bytes, scales] = names as [string, string, string];
  const one = (...call: Parameters<Emitter["node"]>): string => emitter.node(...call)[0] as string;
  const vector = (...values: readonly number[]): string =>
    emitter.constant(BigInt64Array.from(values, BigInt), "int64", [values.length]);
  const dtype = only(node.inputs).dtype;
  // Constants would be unpacked once for good when the engine compiles, and then kept; so the bytes are tied to g.
  const first = one("Slice", [one("Reshape", [g, vector(-1)]), vector(0), vector(1), vector(0)]);
  const nothing = emitter.cast(one("Greater", [first, first]), "bool", "uint8")[0] as string;
  const tied = one("BitwiseOr", [bytes, nothing]);
  const values = type === "nf4" ? nf4Values : fp4Values;
  const pairs = Float32Array.from({ length: 512 }, (_, i) => values[i % 2 === 0 ? i >> 5 : (i >> 1) & 15] as number);
  const table = emitter.cast(emitter.constant(pairs, "float32", [256, 2]), "float32", dtype)[0] as string;
  const looked = one("Gather", [table, emitter.cast(tied, "uint8", "int32")[0] as string], { axis: 0 });
  const blocks = one("Reshape", [looked, vector(-1, blockSize)]);
  const scaled = one("Mul", [blocks, one("Unsqueeze", [scales, vector(1)])]);
  return emitter.node("MatMul", [g, one("Reshape", [scaled, vector(rows, columns)])]);
}

export interface NBitsAttributes {
  readonly columns: number;
  readonly rows: number;
  readonly bits: 4 | 8;
  readonly blockSize: number;
  /** What x is computed in: 0 as it is, 4 as int8 (faster, not exact). */
  readonly accuracyLevel: number;
}

/**
 * x [..., columns], bytes uint8 [rows, blocks, blockSize*bits/8] (low bits first), scales [rows, blocks] -> [..., rows].
 * Numbers are unsigned around 2^(bits-1), the zero that the engine takes where none is given.
 */
export const matmulNBits: OpRule<NBitsAttributes> = {
  infer: (inputs, { columns, rows, bits, blockSize }) => {
    const [x, bytes, scales] = [only(inputs, 0), only(inputs, 1), only(inputs, 2)];
    const type = requireWidth("matmulNBits", x, columns);
    const blocks = Math.ceil(columns / blockSize);
    requireShape("matmulNBits", bytes, "uint8", [rows, blocks, (blockSize * bits) / 8]);
    requireShape("matmulNBits", scales, type.dtype, [rows, blocks]);
    return [{ dtype: type.dtype, shape: [...x.shape.slice(0, -1), rows] }];
  },
  emit: (emitter, names, { attributes: { columns, rows, bits, blockSize, accuracyLevel } }) =>
    emitter.node(
      "MatMulNBits",
      names,
      { K: columns, N: rows, bits, block_size: blockSize, accuracy_level: accuracyLevel },
      { domain: "com.microsoft" },
    ),
  reference: (inputs, { attributes: { columns, rows, bits, blockSize } }) => {
    const [x, bytes, scales] = [dense(inputs, 0), dense(inputs, 1), dense(inputs, 2)];
    const blocks = Math.ceil(columns / blockSize);
    const perByte = 8 / bits;
    const at = (row: number, column: number): number => {
      const flat = row * blocks * blockSize + column;
      const byte = bytes.data[Math.floor(flat / perByte)] as number;
      const value = (byte >> ((flat % perByte) * bits)) & (2 ** bits - 1);
      return (value - 2 ** (bits - 1)) * (scales.data[row * blocks + Math.floor(column / blockSize)] as number);
    };
    return [product(x, rows, columns, at)];
  },
  cases: ([4, 8] as const).map((bits) => ({
    inputs: [
      { shape: [2, 3, 24] },
      {
        shape: [3, 2, 2 * bits],
        values: Array.from({ length: 12 * bits }, (_, i) => (i * 53 + 7) % 256),
        dtype: "uint8" as const,
      },
      { shape: [3, 2], positive: true },
    ],
    attributes: { columns: 24, rows: 3, bits, blockSize: 16, accuracyLevel: 0 },
    tolerance: 1e-4,
  })),
};
