/** The closed set of operators. A new one is its rule, and its name here. */
import type { AnyRule, OpRule } from "../rule.ts";
import { add, div, maximum, minimum, mul, pow, sub } from "./binary.ts";
import { conv, convKernelGrad, convTranspose } from "./conv.ts";
import { gather, gatherElements, scatterAdd, scatterElementsAdd, topK } from "./indexing.ts";
import { concat, constant, dimension, expand, pad, range, reshape, slice, transpose } from "./layout.ts";
import { and, cast, equal, greater, greaterOrEqual, less, lessOrEqual, not, or, where } from "./logic.ts";
import { groupedQueryAttention } from "./grouped-query-attention.ts";
import { linearCrossEntropy } from "./linear-cross-entropy.ts";
import { matmul } from "./matmul.ts";
import { layerNorm, rmsNorm } from "./norm.ts";
import { averagePool, maxPool } from "./pool.ts";
import { matmulBnb4, matmulNBits } from "./quantized-matmul.ts";
import { argMax, cumSum, reduceMax, reduceMean, reduceMin, reduceSum, reduceSumSquare } from "./reduce.ts";
import { rotary } from "./rotary.ts";
import { scan } from "./scan.ts";
import { logSoftmax, softmax } from "./softmax.ts";
import {
  abs,
  cos,
  erf,
  exp,
  floor,
  log,
  neg,
  reciprocal,
  relu,
  round,
  sigmoid,
  sign,
  silu,
  sin,
  softplus,
  sqrt,
  stopGradient,
  tanh,
} from "./unary.ts";

export const ops = {
  // elementwise
  neg,
  abs,
  sign,
  floor,
  round,
  exp,
  log,
  sqrt,
  reciprocal,
  sin,
  cos,
  tanh,
  sigmoid,
  relu,
  softplus,
  erf,
  silu,
  stopGradient,
  add,
  sub,
  mul,
  div,
  pow,
  maximum,
  minimum,
  equal,
  less,
  lessOrEqual,
  greater,
  greaterOrEqual,
  and,
  or,
  not,
  where,
  cast,
  // reductions
  reduceSum,
  reduceMean,
  reduceSumSquare,
  reduceMax,
  reduceMin,
  argMax,
  cumSum,
  // layout
  reshape,
  transpose,
  expand,
  concat,
  slice,
  pad,
  dimension,
  range,
  constant,
  // by index
  gather,
  scatterAdd,
  gatherElements,
  scatterElementsAdd,
  topK,
  // control
  scan,
  // dense
  matmul,
  softmax,
  logSoftmax,
  rmsNorm,
  layerNorm,
  rotary,
  linearCrossEntropy,
  groupedQueryAttention,
  matmulBnb4,
  matmulNBits,
  // in space
  conv,
  convTranspose,
  convKernelGrad,
  maxPool,
  averagePool,
} as const;

type Ops = typeof ops;
export type OpName = keyof Ops;

/** The attributes that an operator takes. */
export type AttributesOf<Op extends OpName> = Ops[Op] extends OpRule<infer A> ? A : never;

/** The rule of a node's operator; undefined for inputs and weights, which have none. */
export function findRule(op: string): AnyRule | undefined {
  // A node's attributes are those of its operator: apply() in functions.ts is what makes nodes.
  return Object.hasOwn(ops, op) ? (ops[op as OpName] as unknown as AnyRule) : undefined;
}
