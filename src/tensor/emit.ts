/**
 * Program -> ONNX. Each operator's rule writes its nodes; this file owns names, constants and the arithmetic
 * of symbolic shapes, which is read off the graph inputs at run time.
 */
import { byteSize, type DType } from "../base/dtype.ts";
import { internal } from "../base/errors.ts";
import {
  encodeOnnxModel,
  onnxDataType,
  type OnnxGraph,
  type OnnxInitializer,
  type OnnxNode,
  type OnnxValue,
} from "../formats/onnx.ts";
import { leafName, type Tensor, type TensorType, type TypedArray } from "./graph.ts";
import { findRule } from "./ops/index.ts";
import type { Program } from "./program.ts";
import type { Emitter } from "./rule.ts";
import { dimFactors, isStatic, type Dim, type Shape } from "./shape.ts";

/** Where a frozen weight's bytes are. */
export type WeightData = OnnxInitializer["data"];

/** How a weight is stored: its dtype on disk may be narrower than the program's, then it is cast when loaded. */
export interface StoredWeight {
  readonly dtype: DType;
  readonly data: WeightData;
}

export type WeightSource = (name: string) => StoredWeight;

export interface EmitOptions {
  /** Adds an output of this name, first, that is an empty sequence (see runtime/ort.ts). */
  readonly sentinel?: string;
}

/** ONNX bytes of a program. `weights` tells where each frozen tensor lies. */
export function emitOnnx(program: Program, weights: WeightSource, options: EmitOptions = {}): Uint8Array {
  const graph = buildOnnxGraph(program, weights);
  const { sentinel } = options;
  if (sentinel === undefined) return encodeOnnxModel(graph);
  const node = { opType: "SequenceEmpty", domain: "", inputs: [], outputs: [sentinel], attributes: {} };
  const output: OnnxValue = { name: sentinel, dtype: "float32", shape: [], sequence: true };
  return encodeOnnxModel({ ...graph, nodes: [...graph.nodes, node], outputs: [output, ...graph.outputs] });
}

export function buildOnnxGraph(program: Program, weights: WeightSource): OnnxGraph {
  // Where each symbolic size can be read: an axis of a graph input.
  const sources: SizeSources = new Map();
  for (const [name, type] of program.inputs) {
    for (const [axis, dim] of type.shape.entries()) {
      if (typeof dim === "string" && !sources.has(dim)) sources.set(dim, { input: name, axis });
    }
  }
  const leafNames = new Map([...program.inputs.keys()].map((name) => [name, name]));
  const { inputs, outputs } = typesOf(program);
  return {
    name: "tunesmith",
    inputs,
    outputs,
    ...emitScope(program, leafNames, { weights, sources, counter: { next: 0 } }),
  };
}

function typesOf(program: Program): { readonly inputs: readonly OnnxValue[]; readonly outputs: readonly OnnxValue[] } {
  const value = ([name, { dtype, shape }]: readonly [string, TensorType]): OnnxValue => ({ name, dtype, shape });
  return { inputs: [...program.inputs].map(value), outputs: [...program.outputs].map(value) };
}

type SizeSources = Map<string, { readonly input: string; readonly axis: number }>;

interface EmitContext {
  readonly weights: WeightSource;
  readonly sources: SizeSources;
  /** Value names are unique over all scopes, so that a body may name values around it. */
  readonly counter: { next: number };
}

type ScopeContents = Pick<OnnxGraph, "nodes" | "initializers" | "values">;

/** Nodes and initializers of one scope; `leafNames` gives the ONNX name of each input leaf. */
function emitScope(program: Program, leafNames: ReadonlyMap<string, string>, context: EmitContext): ScopeContents {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  const interned = new Map<string, string>();
  const names = new Map<Tensor, string>();
  const fresh = (prefix: string): string => `${prefix}${context.counter.next++}`;

  /** Equal constants and equal shape arithmetic are written once. */
  const intern = (key: string, make: () => string): string => {
    const known = interned.get(key);
    if (known !== undefined) return known;
    const made = make();
    interned.set(key, made);
    return made;
  };

  const node: Emitter["node"] = (opType, inputs, attributes = {}, options = {}) => {
    const outputs = Array.from({ length: options.outputs ?? 1 }, () => fresh("v"));
    nodes.push({ opType, domain: options.domain ?? "", inputs, outputs, attributes });
    return outputs;
  };
  const one = (...call: Parameters<Emitter["node"]>): string => node(...call)[0] ?? internal("node without output");

  const constant: Emitter["constant"] = (data, dtype, shape) => {
    const make = (): string => {
      const name = fresh("c");
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      if (bytes.length !== byteSize(dtype) * shape.reduce((a, b) => a * b, 1)) internal("constant of the wrong size");
      initializers.push({ name, dtype, shape, data: bytes });
      return name;
    };
    return data.length > 64 ? make() : intern(`${dtype}[${shape.join()}]${data.join()}`, make);
  };

  const scalar: Emitter["scalar"] = (value, dtype) => constant(scalarData(value, dtype), dtype, []);

  const vector = (values: readonly number[]): string =>
    constant(BigInt64Array.from(values, BigInt), "int64", [values.length]);

  /** int64 [1] holding one dimension. */
  const dim = (size: Dim): string => {
    if (typeof size === "number") return vector([size]);
    return intern(`dim:${size}`, () => {
      const source = context.sources.get(size);
      if (source !== undefined) {
        const shape = intern(`shape:${source.input}`, () => one("Shape", [source.input]));
        return one("Gather", [shape, vector([source.axis])]);
      }
      const { coefficient, factors } = dimFactors(size);
      if (factors.length === 1 && coefficient === 1 && typeof factors[0] === "string") {
        return internal(`dimension "${size}" is not on any input of the program`);
      }
      const parts = factors.map((factor) =>
        typeof factor === "string" ? dim(factor) : factor.map(dim).reduce((a, b) => one("Add", [a, b])),
      );
      if (coefficient !== 1) parts.push(vector([coefficient]));
      return parts.reduce((a, b) => one("Mul", [a, b]));
    });
  };

  const shape = (sizes: Shape): string => {
    if (isStatic(sizes)) return vector(sizes);
    if (sizes.length === 1) return dim(sizes[0] as Dim);
    return intern(`shape[${sizes.join()}]`, () => one("Concat", sizes.map(dim), { axis: 0 }));
  };

  const cast: Emitter["cast"] = (value, from, to) =>
    from === to ? [value] : node("Cast", [value], { to: onnxDataType(to) });

  const body: Emitter["body"] = (inner, captured, own) => {
    const prefix = fresh("b");
    const innerLeaves = new Map([
      ...own.map(({ name }) => [name, `${prefix}_${name}`] as const),
      ...[...inner.inputs.keys()].flatMap((name) => {
        const value = captured.get(name);
        return value === undefined ? [] : [[name, value] as const];
      }),
    ]);
    const renamedOutputs: Program = {
      ...inner,
      outputs: new Map([...inner.outputs].map(([name, tensor]) => [`${prefix}_${name}`, tensor])),
    };
    const { outputs } = typesOf(renamedOutputs);
    return {
      name: prefix,
      inputs: own.map((value) => ({ ...value, name: innerLeaves.get(value.name) as string })),
      outputs,
      ...emitScope(renamedOutputs, innerLeaves, context),
    };
  };

  const emitter: Emitter = { node, constant, scalar, shape, cast, body };

  const weightName = (tensor: Tensor): string => {
    const name = leafName(tensor.node);
    return intern(`weight:${name}`, () => {
      const stored = context.weights(name);
      initializers.push({ name, dtype: stored.dtype, shape: tensor.shape as readonly number[], data: stored.data });
      return cast(name, stored.dtype, tensor.dtype)[0] as string;
    });
  };

  for (const graphNode of program.nodes) {
    const first = graphNode.outputs[0] ?? internal(`${graphNode.op} has no output`);
    if (graphNode.op === "input") {
      names.set(first, leafNames.get(leafName(graphNode)) ?? internal("leaf without a name"));
    } else if (graphNode.op === "weight") names.set(first, weightName(first));
    else {
      const rule = findRule(graphNode.op) ?? internal(`unknown operator ${graphNode.op}`);
      const inputs = graphNode.inputs.map((tensor) => names.get(tensor) ?? internal("value used before it is made"));
      const outputs = rule.emit(emitter, inputs, graphNode);
      for (const [i, output] of graphNode.outputs.entries())
        names.set(output, outputs[i] ?? internal("missing output"));
    }
  }
  return { nodes: nameOutputs(program, names, nodes), initializers, values: valuesBetween(program, names, nodes) };
}

/**
 * What is known of the values between nodes. The engine infers shapes, too, but forgets symbolic sizes at the first
 * Reshape; and a buffer whose size it does not know is never used again, but compared with every later one.
 */
function valuesBetween(
  program: Program,
  names: ReadonlyMap<Tensor, string>,
  nodes: readonly OnnxNode[],
): readonly OnnxValue[] {
  const outputs = new Set([...program.outputs.values()].map((tensor) => names.get(tensor)));
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const between = program.nodes.flatMap((node) =>
    node.outputs.flatMap((tensor): readonly (readonly [string, OnnxValue])[] => {
      const name = names.get(tensor);
      if (name === undefined || !made.has(name) || outputs.has(name)) return [];
      return [[name, { name, dtype: tensor.dtype, shape: tensor.shape }]];
    }),
  );
  return [...new Map(between).values()];
}

/** A value made by a node takes the output's name; anything else (an input, a repeated output) is copied. */
function nameOutputs(
  program: Program,
  names: ReadonlyMap<Tensor, string>,
  nodes: readonly OnnxNode[],
): readonly OnnxNode[] {
  const produced = new Set(nodes.flatMap((made) => made.outputs));
  const renamed = new Map<string, string>();
  const copies: OnnxNode[] = [];
  for (const [name, tensor] of program.outputs) {
    const value = names.get(tensor) ?? internal(`output ${name} was not made`);
    if (produced.has(value) && !renamed.has(value)) renamed.set(value, name);
    else copies.push({ opType: "Identity", domain: "", inputs: [value], outputs: [name], attributes: {} });
  }
  const rename = (value: string): string => renamed.get(value) ?? value;
  return [...nodes, ...copies].map((made) => ({
    ...made,
    inputs: made.inputs.map(rename),
    outputs: made.outputs.map(rename),
  }));
}

function scalarData(value: number, dtype: DType): TypedArray {
  if (dtype === "int64") return BigInt64Array.of(BigInt(value));
  if (dtype === "float64") return Float64Array.of(value);
  if (dtype === "int32") return Int32Array.of(value);
  return dtype === "bool" ? Uint8Array.of(value) : Float32Array.of(value);
}
