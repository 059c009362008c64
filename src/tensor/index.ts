/** Graphs, gradients and their emission: the public face of tensor/. */
export * from "./functions.ts";
export { resize, type ResizeMode, type ResizeOptions } from "./resize.ts";
export { grad, vjp } from "./autodiff.ts";
export { defineProgram, type Program } from "./program.ts";
export { emitOnnx, type StoredWeight, type WeightSource } from "./emit.ts";
export type { Tensor, TensorType, TypedArray } from "./graph.ts";
export type { Dim, Shape } from "./shape.ts";
