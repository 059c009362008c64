/**
 * The tensor program as a pure graph. A tensor is a value that a node will compute; nothing runs here.
 *
 * Nodes are created in topological order and numbered, so the number is also a valid order of execution.
 */
import type { DType } from "../base/dtype.ts";
import { internal } from "../base/errors.ts";
import type { Program } from "./program.ts";
import type { Shape } from "./shape.ts";

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Int8Array
  | Uint16Array;

/** `Program` is the body of an operator that runs one (scan). */
export type Attribute = number | string | boolean | readonly number[] | Shape | TypedArray | Program | undefined;
export type Attributes = Readonly<Record<string, Attribute>>;

/** What a tensor is without its value. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

export interface Node {
  readonly id: number;
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly attributes: Attributes;
  readonly outputs: readonly Tensor[];
}

/** A node whose operator is known, and with it the type of its attributes. */
export interface NodeOf<A> extends Omit<Node, "attributes"> {
  readonly attributes: A;
}

export interface Tensor extends TensorType {
  readonly node: Node;
  /** Which output of the node. */
  readonly index: number;
}

let created = 0;

/** Adds a node. Prefer the functions of functions.ts, which infer the types. */
export function createNode(
  op: string,
  inputs: readonly Tensor[],
  attributes: Attributes,
  types: readonly TensorType[],
): Node {
  const outputs: Tensor[] = [];
  const node: Node = { id: created++, op, inputs, attributes, outputs };
  for (const [index, type] of types.entries()) outputs.push({ node, index, dtype: type.dtype, shape: type.shape });
  return node;
}

/** Every node that the given tensors need, in order of creation (topological). */
export function reachable(tensors: Iterable<Tensor>): readonly Node[] {
  const seen = new Set<Node>();
  const open: Node[] = [];
  for (const tensor of tensors) open.push(tensor.node);
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) open.push(input.node);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}

/** The name of an input or a weight. */
export function leafName({ attributes }: Node): string {
  const { name } = attributes;
  return typeof name === "string" ? name : internal("a leaf without a name");
}

/** A value that is fed at each run. */
export function input(name: string, dtype: DType, shape: Shape): Tensor {
  return createNode("input", [], { name }, [{ dtype, shape }]).outputs[0] as Tensor;
}

/** A frozen value that the runtime finds by name when it compiles (a tensor of a checkpoint, in place). */
export function weight(name: string, dtype: DType, shape: readonly number[]): Tensor {
  return createNode("weight", [], { name }, [{ dtype, shape }]).outputs[0] as Tensor;
}
