/** The closed set of operators. A new one is its rule, and its name here. */
import type { OpRule } from "../rule.ts";
import { add, div, maximum, minimum, mul, pow, sub } from "./binary.ts";
import { gather, gatherElements, scatterAdd, scatterElementsAdd, topK } from "./indexing.ts";
import { concat, constant, dimension, expand, pad, range, reshape, slice, transpose } from "./layout.ts";
import { and, cast, equal, greater, greaterOrEqual, less, lessOrEqual, not, or, where } from "./logic.ts";
import { linearCrossEntropy } from "./linear-cross-entropy.ts";
import { mapChunks } from "./map-chunks.ts";
import { matmul } from "./matmul.ts";
import { layerNorm, rmsNorm } from "./norm.ts";
import { argMax, cumSum, reduceMax, reduceMean, reduceMin, reduceSum, reduceSumSquare } from "./reduce.ts";
import { rotary } from "./rotary.ts";
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
  mapChunks,
  // dense
  matmul,
  softmax,
  logSoftmax,
  rmsNorm,
  layerNorm,
  rotary,
  linearCrossEntropy,
} as const satisfies Record<string, OpRule>;

export type OpName = keyof typeof ops;
