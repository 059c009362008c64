/**
 * What an operator is: one rule object per file in ops/. The table in ops/index.ts is the closed set.
 *
 * Gradient rules receive the functions they build with (`t`) instead of importing them, so that rule files
 * never depend on each other.
 */
import type { DType } from "../base/dtype.ts";
import type { OnnxAttributeValue, OnnxGraph } from "../formats/onnx.ts";
import type { vjp } from "./autodiff.ts";
import type * as functions from "./functions.ts";
import type { Attributes, NodeOf, Tensor, TensorType, TypedArray } from "./graph.ts";
import type { Program } from "./program.ts";
import type { Dim, Shape } from "./shape.ts";

export type TensorFunctions = typeof functions;

/** The attributes of an operator that has none. */
export type NoAttributes = Readonly<Record<never, never>>;

/** A dense value of the reference interpreter: row-major, every number a float64 (bool as 0 and 1). */
export interface DenseArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/**
 * What a gradient rule sees. `grads[i]` is undefined when nothing depends on output i; `wanted[i]` says whether
 * anything asks for a gradient of input i. A rule gives what is wanted and makes no node for the rest.
 */
export interface VjpContext<A = NoAttributes> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly grads: readonly (Tensor | undefined)[];
  readonly wanted: readonly boolean[];
  readonly attributes: A;
  /** Differentiates a graph that the operator holds, such as the body of a scan. */
  readonly pull: typeof vjp;
}

/** Writes ONNX nodes for one operator. Names are of ONNX values. */
export interface Emitter {
  /** Adds an ONNX node and returns the names of its outputs. */
  readonly node: (
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttributeValue | undefined>>,
    options?: { readonly domain?: string; readonly outputs?: number },
  ) => readonly string[];
  /** An initializer held in the model itself. */
  readonly constant: (data: TypedArray, dtype: DType, shape: readonly number[]) => string;
  /** A scalar initializer of a type. */
  readonly scalar: (value: number, dtype: DType) => string;
  readonly cast: (input: string, from: DType, to: DType) => readonly string[];
  /**
   * A program as the body of a control-flow node. Its inputs are `own`, in this order, used or not; leaves named in
   * `captured` are values of the scope around it.
   */
  readonly body: (
    inner: Program,
    captured: ReadonlyMap<string, string>,
    own: readonly (TensorType & { readonly name: string })[],
  ) => OnnxGraph;
  /** An int64 vector that holds a shape, computed from graph inputs where dimensions are symbolic. */
  readonly shape: (shape: Shape) => string;
}

/** What a reference may ask of the interpreter that runs it. */
export interface Interpreter {
  /** The size that a dimension has in this run. */
  readonly evaluate: (dim: Dim) => number;
  readonly interpret: (outputs: readonly Tensor[], feeds: ReadonlyMap<string, DenseArray>) => readonly DenseArray[];
}

/** One example of an operator for the tests that walk the table. Inputs are drawn when given as shapes. */
export interface OpCase<A = NoAttributes> {
  readonly inputs: readonly CaseInput[];
  readonly attributes?: A;
  /** Relative tolerance of the engine's float32 against the float64 reference; 1e-5 unless said. */
  readonly tolerance?: number;
  /** Inputs that have a gradient; all float inputs unless said. */
  readonly wrt?: readonly number[];
  /** How many leading outputs a gradient may come from; all unless said. */
  readonly differentiable?: number;
}

/** A drawn float tensor (normal, scaled and shifted), or given numbers. */
export type CaseInput =
  | { readonly shape: readonly number[]; readonly scale?: number; readonly shift?: number; readonly positive?: boolean }
  | { readonly shape: readonly number[]; readonly values: readonly number[]; readonly dtype: DType };

/** An operator and the type of its attributes, which functions.ts asks for and the rule reads. */
export interface OpRule<A = NoAttributes> {
  /** Types of the outputs. Throws E_TENSOR_SHAPE or E_TENSOR_DTYPE. */
  readonly infer: (inputs: readonly Tensor[], attributes: A) => readonly TensorType[];
  /** ONNX nodes for it; returns the names of the outputs. */
  readonly emit: (emitter: Emitter, inputs: readonly string[], node: NodeOf<A>) => readonly string[];
  /** Plain float64 definition, for tests and constant folding. */
  readonly reference: (
    inputs: readonly DenseArray[],
    node: NodeOf<A>,
    outputShapes: readonly (readonly number[])[],
    interpreter: Interpreter,
  ) => readonly DenseArray[];
  /**
   * Vector-Jacobian product: a gradient per input, undefined where none is wanted. Indices and masks never are.
   * Absent: the operator has no gradient. "none": its outputs are constants to the gradient (comparisons).
   */
  readonly vjp?: "none" | ((t: TensorFunctions, context: VjpContext<A>) => readonly (Tensor | undefined)[]);
  readonly cases: readonly OpCase<A>[];
}

/** A rule as code sees it that treats all operators alike. */
export type AnyRule = OpRule<Attributes>;
