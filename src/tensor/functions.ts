/**
 * The functions graphs are written with. Each adds one node (or a few) and infers dtype and shape at once,
 * so a mistake is reported where it is made. Numbers may stand for scalars: they take the other side's dtype.
 *
 * All throw E_TENSOR_SHAPE or E_TENSOR_DTYPE when inputs do not fit.
 */
import type { DType } from "../base/dtype.ts";
import { fail, internal } from "../base/errors.ts";
import { createNode, input, leafName, type Attributes, type Tensor, type TypedArray } from "./graph.ts";
import { defineProgram } from "./program.ts";
import { findRule, type AttributesOf, type OpName } from "./ops/index.ts";
import type { NoAttributes } from "./rule.ts";
import { addDims, formatShape, mulDims, normalizeAxis, sameShape, sizeOf, type Dim, type Shape } from "./shape.ts";

export { input, weight } from "./graph.ts";

/** A tensor, or a number that is broadcast. */
export type Operand = Tensor | number;

/** Adds a node of any operator; prefer the named functions below. */
export function apply<Op extends OpName>(
  op: Op,
  inputs: readonly Tensor[],
  ...[given]: GivenAttributes<Op>
): readonly Tensor[] {
  const rule = findRule(op) ?? internal(`unknown operator ${op}`);
  const attributes: Attributes = given ?? {};
  return createNode(op, inputs, attributes, rule.infer(inputs, attributes)).outputs;
}

/** Left out where an operator has none. */
type GivenAttributes<Op extends OpName> =
  NoAttributes extends AttributesOf<Op> ? [AttributesOf<Op>?] : [AttributesOf<Op>];

/** Operators that need no attributes. */
type PlainOp = { [Op in OpName]: NoAttributes extends AttributesOf<Op> ? Op : never }[OpName];

function applyOne<Op extends OpName>(op: Op, inputs: readonly Tensor[], ...attributes: GivenAttributes<Op>): Tensor {
  return apply(op, inputs, ...attributes)[0] ?? internal(`${op} has no output`);
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
  (op: PlainOp) =>
  (x: Tensor): Tensor =>
    applyOne(op, [x]);
const binary =
  (op: PlainOp) =>
  (a: Operand, b: Operand): Tensor =>
    applyOne(op, pair(a, b));

export const neg = unary("neg");
export const abs = unary("abs");
export const sign = unary("sign");
export const floor = unary("floor");
export const round = unary("round");
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
  (op: "reduceSum" | "reduceMean" | "reduceMax" | "reduceMin" | "reduceSumSquare") =>
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

/**
 * Elements `start` up to `end` (exclusive; absent: all) of one axis. Negative numbers count from the end. On a
 * symbolic axis `length` names the size of the result, unless both ends are numbers counted from one side.
 */
export function slice(x: Tensor, axis: number, start: Dim, end?: Dim, length?: Dim): Tensor {
  const at = normalizeAxis("slice", axis, x.shape.length);
  const size = x.shape[at] as Dim;
  const negative = (dim: Dim | undefined): dim is number => typeof dim === "number" && dim < 0;
  // Where the axis has a known size, both ends are counted from its beginning.
  const fromStart = (dim: Dim): Dim => (typeof size === "number" && negative(dim) ? dim + size : dim);
  const [from, to] = [fromStart(start), fromStart(end ?? size)];
  if (from === 0 && to === size) return x;
  const before = negative(from) ? undefined : from;
  const after = to === size ? 0 : negative(to) ? -to : undefined;
  const given = typeof from === "number" && typeof to === "number" && from < 0 === to < 0 ? to - from : undefined;
  const rest = negative(from) && after !== undefined ? -from - after : (given ?? length);
  if (rest === undefined || (before === undefined && after === undefined)) {
    return fail("E_TENSOR_SHAPE", {
      what: `slice: ${from}..${to} of the symbolic axis ${at} of ${formatShape(x.shape)} needs a length.`,
    });
  }
  return applyOne("slice", [x], { axis: at, before, after, length: rest });
}

/** Zeros before and after along one axis. */
export function pad(x: Tensor, axis: number, before: Dim, after: Dim): Tensor {
  const at = normalizeAxis("pad", axis, x.shape.length);
  const size = addDims(x.shape[at] as Dim, before, after);
  return before === 0 && after === 0 ? x : applyOne("pad", [x], { axis: at, before, after, size });
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

/**
 * x [..., columns] @ matrixᵀ for a frozen matrix [rows, columns] in 4-bit floats: bytes uint8 [rows*columns/2] and one
 * scale for each block. Gradient to x alone.
 */
export function matmulBnb4(
  x: Tensor,
  bytes: Tensor,
  scales: Tensor,
  matrix: Omit<AttributesOf<"matmulBnb4">, "back">,
): Tensor {
  return applyOne("matmulBnb4", [x, bytes, scales], { ...matrix, back: false });
}

/** x [..., columns] @ matrixᵀ for a matrix [rows, columns] of 4- or 8-bit numbers with a scale a block. No gradient. */
export function matmulNBits(x: Tensor, bytes: Tensor, scales: Tensor, matrix: AttributesOf<"matmulNBits">): Tensor {
  return applyOne("matmulNBits", [x, bytes, scales], matrix);
}

export interface CachedAttention {
  readonly query: Tensor;
  readonly key: Tensor;
  readonly value: Tensor;
  readonly pastKey: Tensor;
  readonly pastValue: Tensor;
  /** int32 [batch]: a row's tokens after this call, less one. */
  readonly ends: Tensor;
  /** int32 []: the tokens of the longest row. */
  readonly longest: Tensor;
}

/** New tokens over a cache whose rows have lengths of their own: [attended, keys, values] (ops/grouped-query-attention.ts). */
export function groupedQueryAttention(
  { query, key, value, pastKey, pastValue, ends, longest }: CachedAttention,
  attributes: AttributesOf<"groupedQueryAttention">,
): readonly [Tensor, Tensor, Tensor] {
  const inputs = [query, key, value, pastKey, pastValue, ends, longest];
  return apply("groupedQueryAttention", inputs, attributes) as readonly [Tensor, Tensor, Tensor];
}

export interface WindowOptions {
  /** One for each spatial axis; 1 unless said. */
  readonly strides?: readonly number[];
  /** Zeros before and after each spatial axis: all beginnings, then all ends; 0 unless said. */
  readonly pads?: readonly number[];
}

export interface ConvOptions extends WindowOptions {
  readonly dilations?: readonly number[];
  readonly group?: number;
}

function convAttributes(space: number, { strides, pads, dilations, group = 1 }: ConvOptions): AttributesOf<"conv"> {
  const ones = Array.from({ length: space }, () => 1);
  return {
    strides: strides ?? ones,
    dilations: dilations ?? ones,
    pads: pads ?? [...ones, ...ones].map(() => 0),
    group,
  };
}

/** x [batch, in, ...space] with kernel [out, in/group, ...kernel]: [batch, out, ...places], for one or two axes of space. */
export function conv(x: Tensor, kernel: Tensor, options: ConvOptions = {}): Tensor {
  return applyOne("conv", [x, kernel], convAttributes(x.shape.length - 2, options));
}

/** The transpose of conv: x [batch, in, ...space], kernel [in, out/group, ...kernel] (as PyTorch stores it); `size` is the space of the result. */
export function convTranspose(x: Tensor, kernel: Tensor, size: Shape, options: ConvOptions = {}): Tensor {
  return applyOne("convTranspose", [x, kernel], { ...convAttributes(x.shape.length - 2, options), size });
}

/** The largest value of each window over the spatial axes; strides are the window's sizes unless said. */
export function maxPool(x: Tensor, kernel: readonly number[], options: WindowOptions = {}): Tensor {
  return applyOne("maxPool", [x], poolAttributes(kernel, options));
}

/** The mean of each window, padding counted as zeros; strides are the window's sizes unless said. */
export function averagePool(x: Tensor, kernel: readonly number[], options: WindowOptions = {}): Tensor {
  return applyOne("averagePool", [x], poolAttributes(kernel, options));
}

function poolAttributes(kernel: readonly number[], options: WindowOptions): AttributesOf<"maxPool"> {
  const { strides = kernel, pads = [...kernel, ...kernel].map(() => 0) } = options;
  return { kernel, strides, pads };
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
  return scan({ states: [], scanned, captured }, (_, rows, seen) => ({ states: [], outputs: body(rows, seen) }))
    .outputs;
}

export interface ScanInputs {
  /** What they are before the first step. */
  readonly states: readonly Tensor[];
  /** [steps, ...]; a step sees one element of each. */
  readonly scanned: readonly Tensor[];
  /** Seen whole by every step. A body may use no other tensors of the graph around it. */
  readonly captured?: readonly Tensor[];
  /** From the last element to the first; outputs stay in the order of what is scanned. */
  readonly reverse?: boolean;
}

export interface ScanResults {
  readonly states: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** Runs `body` for each element of the first axis and carries states along: the last states, and outputs [steps, ...]. */
export function scan(
  { states, scanned, captured = [], reverse = false }: ScanInputs,
  body: (states: readonly Tensor[], elements: readonly Tensor[], captured: readonly Tensor[]) => ScanResults,
): ScanResults {
  const leaves = (name: string, tensors: readonly Tensor[], skip: number): readonly Tensor[] =>
    tensors.map(({ dtype, shape }, i) => input(`${name}${i}`, dtype, shape.slice(skip)));
  const [before, elements, seen] = [leaves("s", states, 0), leaves("x", scanned, 1), leaves("c", captured, 0)];
  const after = body(before, elements, seen);
  const named = [...after.states, ...after.outputs].map((tensor, i) => [`y${i}`, tensor] as const);
  const results = apply("scan", [...states, ...scanned, ...captured], {
    states: states.length,
    scanned: scanned.length,
    leaves: [...before, ...elements, ...seen].map(({ node }) => leafName(node)),
    body: defineProgram(Object.fromEntries(named)),
    reverse,
  });
  return { states: results.slice(0, states.length), outputs: results.slice(states.length) };
}

/**
 * Negative log-likelihood [rows] of `labels` [rows] (int64, each a valid index) under softmax(hidden @ head^T),
 * for hidden [rows, width] and head [vocab, width].
 */
export function linearCrossEntropy(hidden: Tensor, head: Tensor, labels: Tensor): Tensor {
  return applyOne("linearCrossEntropy", [hidden, head, labels]);
}
