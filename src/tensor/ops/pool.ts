/**
 * Pooling over one or two spatial axes of x [batch, channels, ...space]. Averages count padding as zeros (PyTorch's
 * count_include_pad). Left out: dilation, ceil mode.
 */
import { fail } from "../../base/errors.ts";
import type { Tensor } from "../graph.ts";
import type { OpCase, OpRule } from "../rule.ts";
import { formatShape, mulDims, sizeOf, type Dim, type Shape } from "../shape.ts";
import { placesAlong } from "./conv.ts";
import { dense, forEachIndex, only, requireFloat, sizeOfStatic } from "./elementwise.ts";

export interface PoolAttributes {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  /** All beginnings, then all ends. */
  readonly pads: readonly number[];
}

function pooledShape(op: string, x: Tensor, { kernel, strides, pads }: PoolAttributes): Shape {
  if (x.shape.length !== kernel.length + 2 || pads.some((pad, i) => pad * 2 > (kernel[i % kernel.length] as number))) {
    fail("E_TENSOR_SHAPE", {
      what: `${op}: a window of ${formatShape(kernel)} with pads ${formatShape(pads)} does not fit ${formatShape(x.shape)}; wants one size for each spatial axis and pads of at most half of it.`,
    });
  }
  const window = { strides, pads, dilations: kernel.map(() => 1) };
  const space = kernel.map((size, i) => placesAlong(op, x.shape[i + 2] as Dim, size, i, window));
  return [...x.shape.slice(0, 2), ...space];
}

/** Calls `visit` with flat places of output and input for every element of every window. */
function forEachInWindow(
  input: readonly number[],
  output: readonly number[],
  { kernel, strides, pads }: PoolAttributes,
  visit: (to: number, from: number) => void,
): void {
  forEachIndex(output, (to, [batch, channel, ...place]) => {
    forEachIndex(kernel, (_, tap) => {
      const at = place.map((p, i) => p * (strides[i] as number) + (tap[i] as number) - (pads[i] as number));
      if (at.some((p, i) => p < 0 || p >= (input[i + 2] as number))) return;
      const full = [batch as number, channel as number, ...at];
      visit(
        to,
        input.reduce((flat, size, axis) => flat * size + (full[axis] as number), 0),
      );
    });
  });
}

const asOnnx = ({ kernel, strides, pads }: PoolAttributes) => ({ kernel_shape: kernel, strides, pads });

const cases: readonly OpCase<PoolAttributes>[] = [
  { inputs: [{ shape: [2, 3, 7] }], attributes: { kernel: [3], strides: [2], pads: [1, 0] } },
  { inputs: [{ shape: [2, 2, 5, 6] }], attributes: { kernel: [3, 2], strides: [2, 1], pads: [1, 1, 1, 0] } },
];

/** The largest of each window, and where it stands in x seen as one row (int64). */
export const maxPool: OpRule<PoolAttributes> = {
  infer: (inputs, attributes) => {
    const shape = pooledShape("maxPool", only(inputs), attributes);
    return [
      { ...requireFloat("maxPool", only(inputs)), shape },
      { dtype: "int64", shape },
    ];
  },
  emit: (emitter, names, node) => emitter.node("MaxPool", names, asOnnx(node.attributes), { outputs: 2 }),
  reference: (inputs, node, shapes) => {
    const [x, shape] = [dense(inputs), shapes[0] as readonly number[]];
    const data = new Float64Array(sizeOfStatic(shape)).fill(Number.NEGATIVE_INFINITY);
    const places = new Float64Array(data.length);
    forEachInWindow(x.shape, shape, node.attributes, (to, from) => {
      if ((x.data[from] as number) <= (data[to] as number)) return;
      data[to] = x.data[from] as number;
      places[to] = from;
    });
    return [
      { shape, data },
      { shape, data: places },
    ];
  },
  vjp: (t, { inputs, outputs, grads }) => {
    const [x, places, g] = [only(inputs), only(outputs, 1), grads[0] as Tensor];
    const zeros = t.expand(t.scalar(0, x.dtype), [sizeOf(x.shape)]);
    const flat = [sizeOf(places.shape)];
    return [t.reshape(t.scatterAdd(zeros, t.reshape(places, flat), t.reshape(g, flat)), x.shape)];
  },
  cases,
};

/** The mean of each window. */
export const averagePool: OpRule<PoolAttributes> = {
  infer: (inputs, attributes) => [
    { ...requireFloat("averagePool", only(inputs)), shape: pooledShape("averagePool", only(inputs), attributes) },
  ],
  emit: (emitter, names, node) =>
    emitter.node("AveragePool", names, { ...asOnnx(node.attributes), count_include_pad: 1 }),
  reference: (inputs, node, shapes) => {
    const [x, shape] = [dense(inputs), shapes[0] as readonly number[]];
    const data = new Float64Array(sizeOfStatic(shape));
    const count = sizeOfStatic(node.attributes.kernel);
    forEachInWindow(x.shape, shape, node.attributes, (to, from) => {
      data[to] = (data[to] as number) + (x.data[from] as number) / count;
    });
    return [{ shape, data }];
  },
  // A mean is the product with a kernel of equal numbers; channels are seen as rows, so that one kernel serves all.
  vjp: (t, { inputs, grads, attributes: { kernel, strides, pads } }) => {
    const [x, g] = [only(inputs), grads[0] as Tensor];
    const rows = mulDims(x.shape[0] as Dim, x.shape[1] as Dim);
    const equal = t.expand(t.scalar(1 / sizeOfStatic(kernel), x.dtype), [1, 1, ...kernel]);
    const spread = t.apply("convTranspose", [t.reshape(g, [rows, 1, ...g.shape.slice(2)]), equal], {
      strides,
      pads,
      dilations: kernel.map(() => 1),
      group: 1,
      size: x.shape.slice(2),
    })[0] as Tensor;
    return [t.reshape(spread, x.shape)];
  },
  cases,
};
