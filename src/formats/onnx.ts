/**
 * The little of ONNX that Tunesmith writes, over the generated protobuf codec: a model of one graph with
 * typed inputs and outputs, nodes and initializers. Weights stay outside by path, offset and length.
 *
 * Follows onnx.proto3 of ONNX 1.20. Left out: functions, training info, sparse tensors.
 */
import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type AttributeProto,
  type GraphProto,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_SequenceSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { DType } from "../base/dtype.ts";

/** A bare number is an ONNX int; floats are marked, since JavaScript has one kind of number. */
export type OnnxAttributeValue = number | string | readonly number[] | { readonly float: number } | OnnxGraph;

export interface OnnxNode {
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttributeValue | undefined>>;
}

export interface OnnxValue {
  readonly name: string;
  readonly dtype: DType;
  /** Strings are symbolic sizes. */
  readonly shape: readonly (number | string)[];
  /** A sequence of such tensors instead of one. */
  readonly sequence?: boolean;
}

export interface OnnxInitializer {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Little-endian bytes in the model, or a place in a file. */
  readonly data: Uint8Array | { readonly location: string; readonly offset: number; readonly length: number };
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  /** Types of values between nodes, where they are known. */
  readonly values?: readonly OnnxValue[];
}

const dataTypes: Readonly<Record<DType, DataType>> = {
  float32: DataType.FLOAT,
  float64: DataType.DOUBLE,
  float16: DataType.FLOAT16,
  bfloat16: DataType.BFLOAT16,
  int64: DataType.INT64,
  int32: DataType.INT32,
  uint8: DataType.UINT8,
  int8: DataType.INT8,
  bool: DataType.BOOL,
};

/** The number ONNX gives a dtype, as the Cast operator wants it. */
export function onnxDataType(dtype: DType): number {
  return dataTypes[dtype];
}

/** Serialises a model (IR 10, opset 21 and the engine's own domain). */
export function encodeOnnxModel(graph: OnnxGraph): Uint8Array {
  const model = create(ModelProtoSchema, {
    irVersion: 10n,
    producerName: "tunesmith",
    opsetImport: [
      create(OperatorSetIdProtoSchema, { domain: "", version: 21n }),
      create(OperatorSetIdProtoSchema, { domain: "com.microsoft", version: 1n }),
    ],
    graph: graphProto(graph),
  });
  return toBinary(ModelProtoSchema, model);
}

function graphProto(graph: OnnxGraph): GraphProto {
  return create(GraphProtoSchema, {
    name: graph.name,
    input: graph.inputs.map(valueProto),
    output: graph.outputs.map(valueProto),
    node: graph.nodes.map((node, i) =>
      create(NodeProtoSchema, {
        name: `${node.opType}_${i}`,
        opType: node.opType,
        domain: node.domain,
        input: [...node.inputs],
        output: [...node.outputs],
        attribute: Object.entries(node.attributes).flatMap(([name, value]) =>
          value === undefined ? [] : [attributeProto(name, value)],
        ),
      }),
    ),
    initializer: graph.initializers.map(initializerProto),
    valueInfo: (graph.values ?? []).map(valueProto),
  });
}

function valueProto({ name, dtype, shape, sequence = false }: OnnxValue) {
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof size === "number" ? { case: "dimValue", value: BigInt(size) } : { case: "dimParam", value: size },
    }),
  );
  const elemType = dataTypes[dtype];
  const tensorType = create(TypeProto_TensorSchema, { elemType, shape: create(TensorShapeProtoSchema, { dim }) });
  const tensor = create(TypeProtoSchema, { value: { case: "tensorType", value: tensorType } });
  if (!sequence) return create(ValueInfoProtoSchema, { name, type: tensor });
  const value = create(TypeProto_SequenceSchema, { elemType: tensor });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "sequenceType", value } }),
  });
}

function attributeProto(name: string, value: OnnxAttributeValue): AttributeProto {
  if (typeof value === "number") {
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  }
  if (typeof value === "string") {
    return create(AttributeProtoSchema, { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) });
  }
  if ("float" in value) return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.float });
  if ("nodes" in value) return create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g: graphProto(value) });
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

function initializerProto({ name, dtype, shape, data }: OnnxInitializer) {
  const dims = shape.map(BigInt);
  const dataType = dataTypes[dtype];
  if (data instanceof Uint8Array) {
    return create(TensorProtoSchema, { name, dims, dataType, rawData: data as Uint8Array<ArrayBuffer> });
  }
  const entry = (key: string, value: string) => create(StringStringEntryProtoSchema, { key, value });
  return create(TensorProtoSchema, {
    name,
    dims,
    dataType,
    dataLocation: DataLocation.EXTERNAL,
    externalData: [
      entry("location", data.location),
      entry("offset", String(data.offset)),
      entry("length", String(data.length)),
    ],
  });
}
