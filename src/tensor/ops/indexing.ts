/** Operators addressed by integer tensors: gather, scatter and top-k. Indices are int64. */
import { fail } from "../../base/errors.ts";
import type { Tensor } from "../graph.ts";
import type { OpRule } from "../rule.ts";
import { formatShape } from "../shape.ts";
import { dense, forEachIndex, only, sizeOfStatic } from "./elementwise.ts";

function requireIndices(op: string, indices: Tensor): void {
  if (indices.dtype !== "int64") fail("E_TENSOR_DTYPE", { what: `${op}: indices are ${indices.dtype}, wants int64.` });
}

/** Rows of `table` [rows, ...rest] named by `indices` [...]: an embedding. Result [...indices, ...rest]. */
export const gather: OpRule = {
  infer: (inputs) => {
    const [table, indices] = [only(inputs, 0), only(inputs, 1)];
    requireIndices("gather", indices);
    return [{ dtype: table.dtype, shape: [...indices.shape, ...table.shape.slice(1)] }];
  },
  emit: (emitter, names) => emitter.node("Gather", names, { axis: 0 }),
  reference: (inputs, _, shapes) => {
    const [table, indices] = [dense(inputs, 0), dense(inputs, 1)];
    const width = sizeOfStatic(table.shape.slice(1));
    const data = new Float64Array(indices.data.length * width);
    indices.data.forEach((row, i) => data.set(table.data.subarray(row * width, (row + 1) * width), i * width));
    return [{ shape: shapes[0] as readonly number[], data }];
  },
  vjp: (t, { inputs, grads }) => {
    const [table, indices] = [only(inputs, 0), only(inputs, 1)];
    const zeros = t.expand(t.scalar(0, table.dtype), table.shape);
    return [t.scatterAdd(zeros, indices, grads[0] as Tensor), undefined];
  },
  cases: [
    { inputs: [{ shape: [4, 3] }, { shape: [2, 2], values: [3, 0, 0, 1], dtype: "int64" }] },
    { inputs: [{ shape: [4] }, { shape: [3], values: [3, 0, 3], dtype: "int64" }] },
  ],
};

/** `table` with `updates` [...indices, ...rest] added to the rows named by `indices`; repeats add up. */
export const scatterAdd: OpRule = {
  infer: (inputs) => {
    const [table, indices, updates] = [only(inputs, 0), only(inputs, 1), only(inputs, 2)];
    requireIndices("scatterAdd", indices);
    const want = [...indices.shape, ...table.shape.slice(1)];
    if (want.length !== updates.shape.length || want.some((dim, i) => dim !== updates.shape[i])) {
      fail("E_TENSOR_SHAPE", {
        what: `scatterAdd: updates are ${formatShape(updates.shape)}, wants ${formatShape(want)}.`,
      });
    }
    return [{ dtype: table.dtype, shape: table.shape }];
  },
  emit: (emitter, names, node) => {
    const [table, indices, updates] = names as [string, string, string];
    const last = only(node.inputs, 1).shape.length;
    const [column] = emitter.node("Unsqueeze", [
      indices,
      emitter.constant(BigInt64Array.of(BigInt(last)), "int64", [1]),
    ]);
    return emitter.node("ScatterND", [table, column as string, updates], { reduction: "add" });
  },
  reference: (inputs) => {
    const [table, indices, updates] = [dense(inputs, 0), dense(inputs, 1), dense(inputs, 2)];
    const width = sizeOfStatic(table.shape.slice(1));
    const data = Float64Array.from(table.data);
    indices.data.forEach((row, i) => {
      for (let k = 0; k < width; k++) {
        data[row * width + k] = (data[row * width + k] as number) + (updates.data[i * width + k] as number);
      }
    });
    return [{ shape: table.shape, data }];
  },
  vjp: (t, { inputs, grads, wanted }) => [
    wanted[0] ? grads[0] : undefined,
    undefined,
    wanted[2] ? t.gather(grads[0] as Tensor, only(inputs, 1)) : undefined,
  ],
  cases: [{ inputs: [{ shape: [4, 2] }, { shape: [3], values: [1, 3, 1], dtype: "int64" }, { shape: [3, 2] }] }],
};

/** data[..., indices[..., k]] along attribute `axis`; `indices` has the rank of `data`. */
export const gatherElements: OpRule<{ readonly axis: number }> = {
  infer: (inputs) => {
    const [data, indices] = [only(inputs, 0), only(inputs, 1)];
    requireIndices("gatherElements", indices);
    if (data.shape.length !== indices.shape.length) {
      fail("E_TENSOR_SHAPE", {
        what: `gatherElements: ranks of ${formatShape(data.shape)} and ${formatShape(indices.shape)} differ.`,
      });
    }
    return [{ dtype: data.dtype, shape: indices.shape }];
  },
  emit: (emitter, names, node) => emitter.node("GatherElements", names, { axis: node.attributes.axis }),
  reference: (inputs, node) => {
    const [table, indices] = [dense(inputs, 0), dense(inputs, 1)];
    const address = addressAlong(table.shape, node.attributes.axis);
    const data = new Float64Array(indices.data.length);
    forEachIndex(indices.shape, (flat, at) => {
      data[flat] = table.data[address(at, indices.data[flat] as number)] as number;
    });
    return [{ shape: indices.shape, data }];
  },
  vjp: (t, { inputs, grads, attributes }) => {
    const [data, indices] = [only(inputs, 0), only(inputs, 1)];
    const zeros = t.expand(t.scalar(0, data.dtype), data.shape);
    return [t.scatterElementsAdd(zeros, indices, grads[0] as Tensor, attributes.axis), undefined];
  },
  cases: [
    { inputs: [{ shape: [2, 4] }, { shape: [2, 2], values: [3, 0, 1, 1], dtype: "int64" }], attributes: { axis: 1 } },
  ],
};

function addressAlong(shape: readonly number[], axis: number): (at: readonly number[], index: number) => number {
  return (at, index) => shape.reduce((flat, dim, i) => flat * dim + (i === axis ? index : (at[i] as number)), 0);
}

/** `data` with `updates` added at gatherElements' addresses; repeats add up. */
export const scatterElementsAdd: OpRule<{ readonly axis: number }> = {
  infer: (inputs) => {
    requireIndices("scatterElementsAdd", only(inputs, 1));
    return [{ dtype: only(inputs).dtype, shape: only(inputs).shape }];
  },
  emit: (emitter, names, node) =>
    emitter.node("ScatterElements", names, { axis: node.attributes.axis, reduction: "add" }),
  reference: (inputs, node) => {
    const [table, indices, updates] = [dense(inputs, 0), dense(inputs, 1), dense(inputs, 2)];
    const address = addressAlong(table.shape, node.attributes.axis);
    const data = Float64Array.from(table.data);
    forEachIndex(indices.shape, (flat, at) => {
      const to = address(at, indices.data[flat] as number);
      data[to] = (data[to] as number) + (updates.data[flat] as number);
    });
    return [{ shape: table.shape, data }];
  },
  vjp: (t, { inputs, grads, wanted, attributes }) => [
    wanted[0] ? grads[0] : undefined,
    undefined,
    wanted[2] ? t.gatherElements(grads[0] as Tensor, only(inputs, 1), attributes.axis) : undefined,
  ],
  cases: [
    {
      inputs: [{ shape: [2, 3] }, { shape: [2, 2], values: [2, 2, 0, 1], dtype: "int64" }, { shape: [2, 2] }],
      attributes: { axis: 1 },
    },
  ],
};

/** The `k` largest values along the last axis, descending, and their indices (int64). */
export const topK: OpRule<{ readonly k: number }> = {
  infer: (inputs, attributes) => {
    const from = only(inputs);
    const shape = [...from.shape.slice(0, -1), attributes.k];
    return [
      { dtype: from.dtype, shape },
      { dtype: "int64", shape },
    ];
  },
  emit: (emitter, names, node) => {
    const k = emitter.constant(BigInt64Array.of(BigInt(node.attributes.k)), "int64", [1]);
    return emitter.node("TopK", [...names, k], { axis: -1 }, { outputs: 2 });
  },
  reference: (inputs, node, shapes) => {
    const input = dense(inputs);
    const width = input.shape.at(-1) as number;
    const k = node.attributes.k;
    const order: number[] = [];
    for (let row = 0; row < input.data.length / width; row++) {
      const values = input.data.subarray(row * width, (row + 1) * width);
      const best = Array.from(values.keys()).sort((a, b) => (values[b] as number) - (values[a] as number));
      order.push(...best.slice(0, k).map((column) => row * width + column));
    }
    const shape = shapes[0] as readonly number[];
    return [
      { shape, data: Float64Array.from(order, (flat) => input.data[flat] as number) },
      { shape, data: Float64Array.from(order, (flat) => flat % width) },
    ];
  },
  vjp: (t, { inputs, outputs, grads }) => {
    const from = only(inputs);
    if (grads[0] === undefined) return [undefined];
    const zeros = t.expand(t.scalar(0, from.dtype), from.shape);
    return [t.scatterElementsAdd(zeros, only(outputs, 1), grads[0], from.shape.length - 1)];
  },
  cases: [{ inputs: [{ shape: [3, 5] }], attributes: { k: 2 } }],
};
