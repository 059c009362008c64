/**
 * The functions graphs are written with. Each adds one node (or a few) and infers dtype and shape at once,
 * so a mistake is reported where it is made. Numbers may stand for scalars: they take the other side's dtype.
 *
 * All throw E_TENSOR_SHAPE or E_TENSOR_DTYPE when inputs do not fit.
 */
import type { DType } from "../base/dtype.ts";
import { internal } from "../base/errors.ts";
import { createNode, input, type Attributes, type Tensor, type TypedArray } from "./graph.ts";
import { defineProgram } from "./program.ts";
import { ops, type OpName } from "./ops/index.ts";
import { mulDims, normalizeAxis, sameShape, sizeOf, type Dim, type Shape } from "./shape.ts";

export { input, weight } from "./graph.ts";

/** A tensor, or a number that is broadcast. */
export type Operand = Tensor | number;

/** Adds a node of any operator; prefer the named functions below. */
export function apply(op: OpName, inputs: readonly Tensor[], attributes: Attributes = {}): readonly Tensor[] {
  return createNode(op, inputs, attributes, ops[op].infer(inputs, attributes)).outputs;
}

function applyOne(op: OpName, inputs: readonly Tensor[], attributes: Attributes = {}): Tensor {
  return apply(op, inputs, attributes)[0] ?? internal(`${op} has no output`);
}

const arrays: Readonly<Record<DType, (values: readonly number[]) => TypedArray>> = {
  float32: (values) => Float32Array.from(values),
  float64: (values) => Float64Array.from(values),
  float16: () => internal("a float16 constant; cast a float32 one"),
  bfloat16: () => internal("a bfloat16 constant; cast a float32 one"),
  int64: (values) => BigInt64Array.from(values, BigInt),
  int32: (values) => Int32Array.from(values),
  uint8: (values) => Uint8Array.from(values),
  int8: (values) => Int8Array.from(values),
  bool: (values) => Uint8Array.from(values),
};

/** Numbers known now, row-major. */
export function constant(values: readonly number[] | TypedArray, dtype: DType, shape: readonly number[]): Tensor {
  const data = Array.isArray(values) ? (arrays[dtype](values) as TypedArray) : (values as TypedArray);
  return applyOne("constant", [], { data, dtype, shape });
}

export function scalar(value: number, dtype: DType = "float32"): Tensor {
  return constant([value], dtype, []);
}

function pair(a: Operand, b: Operand): readonly [Tensor, Tensor] {
  if (typeof a !== "number") return [a, typeof b === "number" ? scalar(b, a.dtype) : b];
  if (typeof b !== "number") return [scalar(a, b.dtype), b];
  return [scalar(a), scalar(b)];
}

const unary =
  (op: OpName) =>
  (x: Tensor): Tensor =>
    applyOne(op, [x]);
const binary =
  (op: OpName) =>
  (a: Operand, b: Operand): Tensor =>
    applyOne(op, pair(a, b));

export const neg = unary("neg");
export const abs = unary("abs");
export const sign = unary("sign");
export const floor = unary("floor");
export const exp = unary("exp");
export const log = unary("log");
export const sqrt = unary("sqrt");
export const reciprocal = unary("reciprocal");
export const sin = unary("sin");
export const cos = unary("cos");
export const tanh = unary("tanh");
export const sigmoid = unary("sigmoid");
export const relu = unary("relu");
export const softplus = unary("softplus");
export const erf = unary("erf");
export const silu = unary("silu");
export const stopGradient = unary("stopGradient");
export const not = unary("not");
/** Over the last axis. */
export const softmax = unary("softmax");
/** Over the last axis. */
export const logSoftmax = unary("logSoftmax");

export const add = binary("add");
export const sub = binary("sub");
export const mul = binary("mul");
export const div = binary("div");
export const pow = binary("pow");
export const maximum = binary("maximum");
export const minimum = binary("minimum");
export const equal = binary("equal");
export const less = binary("less");
export const lessOrEqual = binary("lessOrEqual");
export const greater = binary("greater");
export const greaterOrEqual = binary("greaterOrEqual");
export const and = binary("and");
export const or = binary("or");

/** Elements of `a` where `condition`, of `b` elsewhere. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  return applyOne("where", [condition, ...pair(a, b)]);
}

export function cast(x: Tensor, to: DType): Tensor {
  return x.dtype === to ? x : applyOne("cast", [x], { to });
}

/** GELU (Hendrycks and Gimpel 2016): exact by the error function, or its tanh approximation. */
export function gelu(x: Tensor, approximate: "none" | "tanh" = "none"): Tensor {
  if (approximate === "none") return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
  const inner = mul(add(x, mul(mul(x, mul(x, x)), 0.044715)), Math.sqrt(2 / Math.PI));
  return mul(mul(x, 0.5), add(tanh(inner), 1));
}

/** log(sigmoid(x)), stable at both ends. */
export function logSigmoid(x: Tensor): Tensor {
  return neg(softplus(neg(x)));
}

const reduction =
  (op: OpName) =>
  (x: Tensor, axes: readonly number[], options: { readonly keepDims?: boolean } = {}): Tensor => {
    const at = axes.map((axis) => normalizeAxis(op, axis, x.shape.length));
    const kept = at.length === 0 ? x : applyOne(op, [x], { axes: at });
    return (options.keepDims ?? true) ? kept : squeeze(kept, at);
  };

/** Reductions keep reduced axes with size 1 unless `keepDims: false`. */
export const reduceSum = reduction("reduceSum");
export const reduceMean = reduction("reduceMean");
export const reduceMax = reduction("reduceMax");
export const reduceMin = reduction("reduceMin");
export const reduceSumSquare = reduction("reduceSumSquare");

/** Sum of everything, a scalar. */
export function sumAll(x: Tensor): Tensor {
  return reduceSum(
    x,
    x.shape.map((_, axis) => axis),
    { keepDims: false },
  );
}

/** int64 index of the first maximum; `axis` is removed. */
export function argMax(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis("argMax", axis, x.shape.length);
  return squeeze(applyOne("argMax", [x], { axis: at }), [at]);
}

export function cumSum(x: Tensor, axis: number, options: { readonly reverse?: boolean } = {}): Tensor {
  return applyOne("cumSum", [x], {
    axis: normalizeAxis("cumSum", axis, x.shape.length),
    reverse: options.reverse ?? false,
  });
}

export function reshape(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : applyOne("reshape", [x], { shape });
}

export function squeeze(x: Tensor, axes: readonly number[]): Tensor {
  return reshape(
    x,
    x.shape.filter((_, axis) => !axes.includes(axis)),
  );
}

/** Inserts axes of size 1 at these positions of the result. */
export function unsqueeze(x: Tensor, axes: readonly number[]): Tensor {
  const rest = x.shape.values();
  return reshape(
    x,
    Array.from({ length: x.shape.length + axes.length }, (_, axis) =>
      axes.includes(axis) ? 1 : (rest.next().value as Dim),
    ),
  );
}

/** [...rows, width] as a matrix [product of rows, width]. */
export function flattenRows(x: Tensor): Tensor {
  return reshape(x, [mulDims(...x.shape.slice(0, -1)), x.shape.at(-1) as Dim]);
}

export function transpose(x: Tensor, perm: readonly number[]): Tensor {
  return applyOne("transpose", [x], { perm });
}

export function expand(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : applyOne("expand", [x], { shape });
}

export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const first = parts[0] ?? internal("concat of nothing");
  return parts.length === 1
    ? first
    : applyOne("concat", parts, { axis: normalizeAxis("concat", axis, first.shape.length) });
}

/** Elements `start` up to `end` of one axis; negative numbers count from the end. `length` names the result's size on a symbolic axis. */
export function slice(x: Tensor, axis: number, start: number, end?: number, length?: Dim): Tensor {
  return applyOne("slice", [x], { axis: normalizeAxis("slice", axis, x.shape.length), start, end, length });
}

export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  return before === 0 && after === 0 ? x : applyOne("pad", [x], { axis, before, after });
}

/** 0, 1, ..., dim-1 as int64. */
export function range(dim: Dim): Tensor {
  return applyOne("range", [], { dim });
}

/** The size of a dimension as a scalar. */
export function dimension(dim: Dim, dtype: DType = "float32"): Tensor {
  return typeof dim === "number" ? scalar(dim, dtype) : applyOne("dimension", [], { dim, dtype });
}

/** How many elements the given axes hold, as a scalar of x's dtype. */
export function countOf(x: Tensor, axes: readonly number[]): Tensor {
  return dimension(sizeOf(axes.map((axis) => x.shape[axis] as Dim)), x.dtype);
}

/** Sums `x` down to a shape it was broadcast from. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((dim, axis) => (axis < lead || (shape[axis - lead] === 1 && dim !== 1) ? [axis] : []));
  return reshape(reduceSum(x, axes), shape);
}

/** Rows of `table` named by int64 `indices`: [...indices, ...rest]. */
export function gather(table: Tensor, indices: Tensor): Tensor {
  return applyOne("gather", [table, indices]);
}

export function scatterAdd(table: Tensor, indices: Tensor, updates: Tensor): Tensor {
  return applyOne("scatterAdd", [table, indices, updates]);
}

export function gatherElements(x: Tensor, indices: Tensor, axis: number): Tensor {
  return applyOne("gatherElements", [x, indices], { axis: normalizeAxis("gatherElements", axis, x.shape.length) });
}

export function scatterElementsAdd(x: Tensor, indices: Tensor, updates: Tensor, axis: number): Tensor {
  return applyOne("scatterElementsAdd", [x, indices, updates], {
    axis: normalizeAxis("scatterElementsAdd", axis, x.shape.length),
  });
}

/** The k largest along the last axis: [values, indices]. */
export function topK(x: Tensor, k: number): readonly [Tensor, Tensor] {
  return apply("topK", [x], { k }) as readonly [Tensor, Tensor];
}

export interface MatmulOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
}

/** alpha * op(a) @ op(b), batched over leading axes. */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transA = false, transB = false, alpha = 1 } = options;
  return applyOne("matmul", [a, b], { transA, transB, alpha });
}

/** x [..., width], scale [width]. */
export function rmsNorm(x: Tensor, scale: Tensor, epsilon: number): Tensor {
  return applyOne("rmsNorm", [x, scale], { epsilon });
}

export function layerNorm(x: Tensor, scale: Tensor, bias: Tensor, epsilon: number): Tensor {
  return applyOne("layerNorm", [x, scale, bias], { epsilon });
}

/** x [batch, time, heads*headDim] turned by the angles of cos, sin [batch, time, headDim/2]. */
export function rotary(x: Tensor, cosines: Tensor, sines: Tensor): Tensor {
  return applyOne("rotary", [x, cosines, sines]);
}

/**
 * Runs an elementwise function over the rows of `scanned` tensors [chunks, chunk], keeping its intermediate
 * values in cache. `captured` tensors are seen whole by every row. Results [chunks, chunk].
 */
export function mapChunks(
  scanned: readonly Tensor[],
  captured: readonly Tensor[],
  body: (rows: readonly Tensor[], captured: readonly Tensor[]) => readonly Tensor[],
): readonly Tensor[] {
  const rows = scanned.map((tensor, i) => input(`x${i}`, tensor.dtype, tensor.shape.slice(1)));
  const seen = captured.map((tensor, i) => input(`c${i}`, tensor.dtype, tensor.shape));
  const results = body(rows, seen);
  const program = defineProgram(Object.fromEntries(results.map((result, i) => [`y${i}`, result])));
  return apply("mapChunks", [...scanned, ...captured], { scanned: scanned.length, body: program });
}

/**
 * Negative log-likelihood [rows] of `labels` [rows] (int64, each a valid index) under softmax(hidden @ head^T),
 * for hidden [rows, width] and head [vocab, width].
 */
export function linearCrossEntropy(hidden: Tensor, head: Tensor, labels: Tensor): Tensor {
  return applyOne("linearCrossEntropy", [hidden, head, labels]);
}
