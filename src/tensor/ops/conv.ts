/**
 * Convolution over one or two spatial axes, its transpose, and its gradient to the kernel (Dumoulin and Visin 2016).
 *
 * The three are the derivatives of one trilinear form sum(x[b,i,p s + k d - pad] w[o,i,k] y[b,o,p]), so each one's
 * gradients are the other two. Shapes: x [batch, inChannels, ...space], w [outChannels, inChannels/group, ...kernel],
 * y [batch, outChannels, ...out]. Pads stand as in ONNX: all beginnings, then all ends. Left out: ceil mode, 3D.
 */
import { fail } from "../../base/errors.ts";
import type { Tensor } from "../graph.ts";
import type { DenseArray, Emitter, OpRule } from "../rule.ts";
import { addDims, formatShape, isStatic, type Dim, type Shape } from "../shape.ts";
import { dense, forEachIndex, only, requireFloat, sizeOfStatic } from "./elementwise.ts";

export interface ConvAttributes {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly pads: readonly number[];
  readonly group: number;
}

/** Also for pooling: places of a window of `kernel` along axis `at`. A symbolic size must keep its stride at 1. */
export function placesAlong(op: string, size: Dim, kernel: number, at: number, o: Omit<ConvAttributes, "group">): Dim {
  const rank = o.strides.length;
  const [stride, dilation] = [o.strides[at] as number, o.dilations[at] as number];
  const more = (o.pads[at] as number) + (o.pads[at + rank] as number) - dilation * (kernel - 1);
  if (typeof size === "number") {
    const places = Math.floor((size + more - 1) / stride) + 1;
    return places > 0
      ? places
      : fail("E_TENSOR_SHAPE", { what: `${op}: a kernel of ${kernel} is wider than ${size}.` });
  }
  if (stride === 1 && more >= 0) return addDims(size, more);
  return fail("E_TENSOR_SHAPE", {
    what: `${op}: the symbolic axis ${size} needs stride 1 and pads of at least the kernel's width less one.`,
  });
}

function requireKernel(op: string, x: Tensor, w: Tensor, inputChannelsOfKernel: Dim, group: number): readonly number[] {
  const channels = x.shape[1];
  const kernel = w.shape.slice(2);
  const fits =
    x.shape.length === w.shape.length &&
    isStatic(w.shape) &&
    typeof channels === "number" &&
    inputChannelsOfKernel === channels &&
    (w.shape[0] as number) % group === 0;
  if (!fits || !isStatic(kernel)) {
    return fail("E_TENSOR_SHAPE", {
      what: `${op}: a kernel of ${formatShape(w.shape)} in ${group} group(s) does not fit ${formatShape(x.shape)}.`,
    });
  }
  return kernel;
}

const asOnnx = ({ strides, dilations, pads, group }: ConvAttributes) => ({ strides, dilations, pads, group });

/** Calls `visit` with flat places of x, w and y for every product of the form. */
function forEachProduct(
  x: readonly number[],
  w: readonly number[],
  y: readonly number[],
  { strides, dilations, pads, group }: ConvAttributes,
  visit: (x: number, w: number, y: number) => void,
): void {
  const flat = (shape: readonly number[], at: readonly number[]): number =>
    shape.reduce((sum, size, axis) => sum * size + (at[axis] as number), 0);
  const [outPerGroup, inPerGroup] = [(w[0] as number) / group, w[1] as number];
  forEachIndex(y, (yAt, [batch, out, ...place]) => {
    forEachIndex(w.slice(1), (_, [channel, ...tap]) => {
      const at = place.map(
        (p, i) => p * (strides[i] as number) + (tap[i] as number) * (dilations[i] as number) - (pads[i] as number),
      );
      if (at.some((p, i) => p < 0 || p >= (x[i + 2] as number))) return;
      const inChannel = Math.floor((out as number) / outPerGroup) * inPerGroup + (channel as number);
      visit(flat(x, [batch as number, inChannel, ...at]), flat(w, [out as number, channel as number, ...tap]), yAt);
    });
  });
}

const zeros = (shape: readonly number[]): DenseArray => ({ shape, data: new Float64Array(sizeOfStatic(shape)) });

function accumulate(target: DenseArray, at: number, a: number, b: number): void {
  target.data[at] = (target.data[at] as number) + a * b;
}

/** x, w -> y. */
export const conv: OpRule<ConvAttributes> = {
  infer: (inputs, attributes) => {
    const [x, w] = [only(inputs, 0), only(inputs, 1)];
    const kernel = requireKernel("conv", x, w, (w.shape[1] as number) * attributes.group, attributes.group);
    const space = kernel.map((size, i) => placesAlong("conv", x.shape[i + 2] as Dim, size, i, attributes));
    return [{ ...requireFloat("conv", x), shape: [x.shape[0] as Dim, w.shape[0] as Dim, ...space] }];
  },
  emit: (emitter, names, node) => emitter.node("Conv", names, asOnnx(node.attributes)),
  reference: (inputs, node, shapes) => {
    const [x, w, y] = [dense(inputs, 0), dense(inputs, 1), zeros(shapes[0] as readonly number[])];
    forEachProduct(x.shape, w.shape, y.shape, node.attributes, (i, j, k) =>
      accumulate(y, k, x.data[i] as number, w.data[j] as number),
    );
    return [y];
  },
  vjp: (t, { inputs, grads, wanted, attributes }) => {
    const [x, w, g] = [only(inputs, 0), only(inputs, 1), grads[0] as Tensor];
    return [
      wanted[0] ? t.apply("convTranspose", [g, w], { ...attributes, size: x.shape.slice(2) })[0] : undefined,
      wanted[1]
        ? t.apply("convKernelGrad", [x, g], { ...attributes, kernel: w.shape as readonly number[] })[0]
        : undefined,
    ];
  },
  cases: [
    {
      inputs: [{ shape: [2, 3, 7] }, { shape: [4, 3, 3] }],
      attributes: { strides: [1], dilations: [1], pads: [2, 0], group: 1 },
    },
    {
      inputs: [{ shape: [2, 4, 5, 6] }, { shape: [6, 2, 3, 2] }],
      attributes: { strides: [2, 1], dilations: [1, 2], pads: [1, 0, 1, 1], group: 2 },
    },
    {
      inputs: [{ shape: [2, 3, 6] }, { shape: [3, 1, 4] }],
      attributes: { strides: [1], dilations: [1], pads: [3, 0], group: 3 },
    },
    {
      inputs: [{ shape: [1, 2, 8, 8] }, { shape: [3, 2, 4, 4] }],
      attributes: { strides: [4, 4], dilations: [1, 1], pads: [0, 0, 0, 0], group: 1 },
    },
  ],
};

/** y, w -> x, whose space is attribute `size`: one stride may hold several sizes that give the same y. */
export const convTranspose: OpRule<ConvAttributes & { readonly size: Shape }> = {
  infer: (inputs, { size, group }) => {
    const [y, w] = [only(inputs, 0), only(inputs, 1)];
    requireKernel("convTranspose", y, w, w.shape[0] as Dim, group);
    return [
      { ...requireFloat("convTranspose", y), shape: [y.shape[0] as Dim, (w.shape[1] as number) * group, ...size] },
    ];
  },
  emit: (emitter, names, node) => {
    const { size, ...o } = node.attributes;
    const [y, w] = [only(node.inputs, 0).shape.slice(2), only(node.inputs, 1).shape.slice(2)];
    // What the engine would leave out at the end; on symbolic axes the stride is 1, and nothing is.
    const output_padding = size.map((want, i) => {
      const [from, stride] = [y[i] as Dim, o.strides[i] as number];
      if (typeof want !== "number" || typeof from !== "number") return 0;
      const reach = (o.dilations[i] as number) * ((w[i] as number) - 1) + 1;
      return want - ((from - 1) * stride + reach - (o.pads[i] as number) - (o.pads[i + size.length] as number));
    });
    return emitter.node("ConvTranspose", names, { ...asOnnx(o), output_padding });
  },
  reference: (inputs, node, shapes) => {
    const [y, w, x] = [dense(inputs, 0), dense(inputs, 1), zeros(shapes[0] as readonly number[])];
    forEachProduct(x.shape, w.shape, y.shape, node.attributes, (i, j, k) =>
      accumulate(x, i, y.data[k] as number, w.data[j] as number),
    );
    return [x];
  },
  vjp: (t, { inputs, grads, wanted, attributes }) => {
    const [y, w, g] = [only(inputs, 0), only(inputs, 1), grads[0] as Tensor];
    const { size: _, ...o } = attributes;
    return [
      wanted[0] ? t.apply("conv", [g, w], o)[0] : undefined,
      wanted[1] ? t.apply("convKernelGrad", [g, y], { ...o, kernel: w.shape as readonly number[] })[0] : undefined,
    ];
  },
  cases: [
    {
      inputs: [{ shape: [2, 4, 3] }, { shape: [4, 3, 3] }],
      attributes: { strides: [2], dilations: [1], pads: [1, 0], group: 1, size: [7] },
    },
    {
      inputs: [{ shape: [1, 4, 2, 3] }, { shape: [4, 1, 2, 2] }],
      attributes: { strides: [2, 2], dilations: [1, 1], pads: [0, 0, 0, 0], group: 2, size: [4, 6] },
    },
    {
      inputs: [{ shape: [1, 2, 3] }, { shape: [2, 1, 2] }],
      attributes: { strides: [3], dilations: [1], pads: [0, 0], group: 1, size: [9] },
    },
  ],
};

/** x, y -> w of attribute `kernel`. Emitted as a convolution in which batch and channels trade places. */
export const convKernelGrad: OpRule<ConvAttributes & { readonly kernel: readonly number[] }> = {
  infer: (inputs, { kernel }) => [{ ...requireFloat("convKernelGrad", only(inputs)), shape: kernel }],
  emit: (emitter, names, node) => {
    const { kernel, strides, dilations, pads, group } = node.attributes;
    const [x, y] = names as [string, string];
    const one = (...call: Parameters<Emitter["node"]>): string => emitter.node(...call)[0] as string;
    const vector = (values: readonly number[]): string =>
      emitter.constant(BigInt64Array.from(values, BigInt), "int64", [values.length]);
    const space = kernel.slice(2).map((_, i) => i + 2);
    const [inPerGroup, batch] = [kernel[1] as number, only(node.inputs, 0).shape[0] as Dim];
    const xSpace = only(node.inputs, 0).shape.slice(2);
    // [batch, group * in, ...] -> [in, group * batch, ...]: each group sees its own channels of the kernel [group * out, batch, ...].
    const split = one("Reshape", [x, emitter.shape([batch, group, inPerGroup, ...xSpace])]);
    const turned = one("Transpose", [split], { perm: [2, 1, 0, ...space.map((axis) => axis + 1)] });
    const batches = typeof batch === "number" ? batch * group : -1;
    const merged = one("Reshape", [turned, flattened(emitter, [inPerGroup, batches], xSpace)]);
    const taps = one("Transpose", [y], { perm: [1, 0, ...space] });
    const all = one("Conv", [merged, taps], { strides: dilations, dilations: strides, pads, group });
    // A stride leaves places at the end that no tap of the kernel has.
    const cut = one("Slice", [all, vector(space.map(() => 0)), vector(kernel.slice(2)), vector(space)]);
    return emitter.node("Transpose", [cut], { perm: [1, 0, ...space] });
  },
  reference: (inputs, node, shapes) => {
    const [x, y, w] = [dense(inputs, 0), dense(inputs, 1), zeros(shapes[0] as readonly number[])];
    forEachProduct(x.shape, w.shape, y.shape, node.attributes, (i, j, k) =>
      accumulate(w, j, x.data[i] as number, y.data[k] as number),
    );
    return [w];
  },
  vjp: (t, { inputs, grads, wanted, attributes }) => {
    const [x, y, g] = [only(inputs, 0), only(inputs, 1), grads[0] as Tensor];
    const { kernel: _, ...o } = attributes;
    return [
      wanted[0] ? t.apply("convTranspose", [y, g], { ...o, size: x.shape.slice(2) })[0] : undefined,
      wanted[1] ? t.apply("conv", [x, g], o)[0] : undefined,
    ];
  },
  cases: [
    {
      inputs: [{ shape: [2, 3, 8] }, { shape: [2, 4, 4] }],
      attributes: { strides: [2], dilations: [1], pads: [1, 0], group: 1, kernel: [4, 3, 3] },
    },
    {
      inputs: [{ shape: [2, 4, 5, 4] }, { shape: [2, 6, 3, 3] }],
      attributes: { strides: [2, 1], dilations: [1, 2], pads: [1, 0, 1, 1], group: 2, kernel: [6, 2, 3, 2] },
    },
  ],
};

/** A shape whose second size may be inferred (-1) before sizes that may be symbolic. */
function flattened(emitter: Emitter, lead: readonly number[], space: Shape): string {
  const head = emitter.constant(BigInt64Array.from(lead, BigInt), "int64", [lead.length]);
  return emitter.node("Concat", [head, emitter.shape(space)], { axis: 0 })[0] as string;
}
