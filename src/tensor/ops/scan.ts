/**
 * Runs a program once for each element of the first axis, carrying states from step to step: recurrent layers, and,
 * without states, elementwise work in pieces that stay in the processor's cache.
 *
 * Inputs, in this order: initial states; scanned tensors [steps, ...], of which the body sees one element; captured
 * tensors, which it sees whole. The body's leaves have the names of attribute `leaves`, in the same order. Its outputs
 * are the new states, then what is stacked to [steps, ...]; so are the outputs here: last states, then stacks.
 *
 * The gradient runs the steps backwards (Werbos 1990). It computes the states before each step once more, and each
 * step's own values again, so that nothing but the states is kept. Left out: weights inside a body; capture them.
 */
import { fail, internal } from "../../base/errors.ts";
import { createNode, input as leaf, leafName, type Tensor, type TensorType } from "../graph.ts";
import { defineProgram, type Program } from "../program.ts";
import type { DenseArray, OpRule, TensorFunctions, VjpContext } from "../rule.ts";
import { formatShape, sameShape } from "../shape.ts";
import { floats } from "./elementwise.ts";

export interface ScanAttributes {
  readonly states: number;
  readonly scanned: number;
  readonly leaves: readonly string[];
  readonly body: Program;
  /** Whether the last element comes first. Stacks stay in the order of what is scanned. */
  readonly reverse: boolean;
}

/** What the body sees of each input. */
function leafTypes(inputs: readonly TensorType[], { states, scanned }: ScanAttributes): readonly TensorType[] {
  return inputs.map(({ dtype, shape }, i) => ({
    dtype,
    shape: i >= states && i < states + scanned ? shape.slice(1) : shape,
  }));
}

export const scan: OpRule<ScanAttributes> = {
  infer: (inputs, { states, scanned, body }) => {
    const elements = inputs.slice(states, states + scanned);
    const steps = elements[0]?.shape[0] ?? internal("scan: nothing is scanned");
    const odd = elements.find(({ shape }) => shape[0] !== steps);
    if (odd !== undefined) {
      fail("E_TENSOR_SHAPE", { what: `scan: ${formatShape(odd.shape)} does not have ${steps} steps.` });
    }
    return [...body.outputs.values()].map(({ dtype, shape }, i) => {
      const start = inputs[i];
      if (i >= states) return { dtype, shape: [steps, ...shape] };
      if (start === undefined || start.dtype !== dtype || !sameShape(start.shape, shape)) {
        fail("E_TENSOR_SHAPE", {
          what: `scan: state ${i} begins as ${start?.dtype} ${formatShape(start?.shape ?? [])} and becomes ${dtype} ${formatShape(shape)}.`,
        });
      }
      return { dtype, shape };
    });
  },
  emit: (emitter, names, node) => {
    const { states, scanned, leaves, body, reverse } = node.attributes;
    const own = states + scanned;
    const types = leafTypes(node.inputs, node.attributes);
    const captured = new Map(names.slice(own).map((name, i) => [leaves[own + i] as string, name]));
    const inner = emitter.body(
      body,
      captured,
      leaves.slice(0, own).map((name, i) => ({ name, ...(types[i] as TensorType) })),
    );
    const directions = (count: number): readonly number[] => Array.from({ length: count }, () => (reverse ? 1 : 0));
    return emitter.node(
      "Scan",
      names.slice(0, own),
      {
        num_scan_inputs: scanned,
        body: inner,
        scan_input_directions: directions(scanned),
        scan_output_directions: directions(body.outputs.size - states),
      },
      { outputs: node.outputs.length },
    );
  },
  reference: (inputs, { attributes: { states, scanned, leaves, body, reverse } }, shapes, { interpret }) => {
    const steps = inputs[states]?.shape[0] ?? internal("scan: nothing is scanned");
    const stacks: readonly DenseArray[] = shapes.slice(states).map((shape) => ({
      shape,
      data: new Float64Array(shape.reduce((a, b) => a * b, 1)),
    }));
    let current: readonly DenseArray[] = inputs.slice(0, states);
    for (let i = 0; i < steps; i++) {
      const step = reverse ? steps - 1 - i : i;
      const feeds = inputs.map((input, k): readonly [string, DenseArray] => {
        const name = leaves[k] as string;
        if (k < states) return [name, current[k] as DenseArray];
        if (k >= states + scanned) return [name, input];
        const size = input.data.length / steps;
        return [name, { shape: input.shape.slice(1), data: input.data.subarray(step * size, (step + 1) * size) }];
      });
      const results = interpret([...body.outputs.values()], new Map(feeds));
      current = results.slice(0, states);
      for (const [k, stack] of stacks.entries()) {
        const { data } = results[states + k] as DenseArray;
        stack.data.set(data, step * data.length);
      }
    }
    return [...current, ...stacks];
  },
  vjp: scanGradient,
  cases: [
    {
      inputs: [{ shape: [3, 2] }, { shape: [3, 2] }, { shape: [] }],
      attributes: { states: 0, scanned: 2, leaves: ["x", "y", "a"], body: axpyBody(), reverse: false },
    },
    ...[false, true].map((reverse) => ({
      inputs: [{ shape: [2] }, { shape: [3, 2] }, { shape: [2] }],
      attributes: { states: 1, scanned: 1, leaves: ["s", "x", "a"], body: recurrentBody(), reverse },
    })),
  ],
};

function scanGradient(t: TensorFunctions, context: VjpContext<ScanAttributes>): readonly (Tensor | undefined)[] {
  const { inputs, grads, wanted, attributes } = context;
  const { states, scanned, leaves, body, reverse } = attributes;
  const own = states + scanned;
  const results = [...body.outputs.values()];
  const types = leafTypes(inputs, attributes);
  const known = new Map(body.nodes.filter(({ op }) => op === "input").map((node) => [leafName(node), node.outputs[0]]));
  const inner = leaves.map((name, i) => {
    const { dtype, shape } = types[i] as TensorType;
    return known.get(name) ?? leaf(name, dtype, shape);
  });

  // The states before each step, from a run of the states alone.
  const before = inner.slice(0, states);
  const walk = Object.fromEntries([...results.slice(0, states), ...before].map((tensor, i) => [`y${i}`, tensor]));
  const history =
    states === 0 ? [] : t.apply("scan", inputs, { ...attributes, body: defineProgram(walk) }).slice(states);

  let mark = "d";
  while (leaves.some((name) => name.startsWith(mark))) mark += "d";
  const float = (tensor: Tensor): boolean => floats.includes(tensor.dtype);
  const zeros = (tensor: Tensor): Tensor => t.expand(t.scalar(0, tensor.dtype), tensor.shape);

  // Carried backwards: gradients of the states, and what has come together for captured tensors.
  const carried = before.flatMap((state, i) => (float(state) ? [{ state, i }] : []));
  const dStates = carried.map(({ state, i }) => leaf(`${mark}s${i}`, state.dtype, state.shape));
  const capturedAt = inputs.flatMap((_, i) => (i >= own && wanted[i] ? [i] : []));
  const dCaptured = capturedAt.map((i) => {
    const { dtype, shape } = types[i] as TensorType;
    return leaf(`${mark}c${i}`, dtype, shape);
  });
  const stackedAt = results.flatMap((_, i) => (i >= states && grads[i] !== undefined ? [i] : []));
  const dStacked = stackedAt.map((i) => {
    const { dtype, shape } = results[i] as Tensor;
    return leaf(`${mark}y${i}`, dtype, shape);
  });
  const scannedAt = inputs.flatMap((_, i) => (i >= states && i < own && wanted[i] ? [i] : []));

  const pulled = context.pull(
    [...carried.map(({ i }) => results[i] as Tensor), ...stackedAt.map((i) => results[i] as Tensor)],
    [...dStates, ...dStacked],
    [...carried.map(({ state }) => state), ...[...capturedAt, ...scannedAt].map((i) => inner[i] as Tensor)],
  );
  const [atStates, atCaptured] = [carried.length, carried.length + capturedAt.length];
  const back = [
    ...pulled.slice(0, atStates),
    ...dCaptured.map((sum, k) => t.add(sum, pulled[atStates + k] as Tensor)),
    ...pulled.slice(atCaptured),
  ];
  const program = defineProgram(Object.fromEntries(back.map((tensor, i) => [`${mark}r${i}`, tensor])));
  const outputs = t.apply(
    "scan",
    [
      ...carried.map(({ i }) => grads[i] ?? zeros(inputs[i] as Tensor)),
      ...capturedAt.map((i) => zeros(inputs[i] as Tensor)),
      ...inputs.slice(states, own),
      ...history,
      ...stackedAt.map((i) => grads[i] as Tensor),
      ...inputs.slice(own),
    ],
    {
      states: atCaptured,
      scanned: scanned + history.length + stackedAt.length,
      leaves: [...dStates, ...dCaptured, ...inner.slice(states, own), ...before, ...dStacked, ...inner.slice(own)].map(
        ({ node }) => leafName(node),
      ),
      body: program,
      reverse: !reverse,
    },
  );
  return inputs.map((_, i) => {
    if (!wanted[i]) return undefined;
    if (i < states) return outputs[carried.findIndex((state) => state.i === i)];
    return outputs[i < own ? atCaptured + scannedAt.indexOf(i) : atStates + capturedAt.indexOf(i)];
  });
}

// Bodies of the cases, written without functions.ts, which depends on this table.
function node(op: string, ...inputs: readonly Tensor[]): Tensor {
  return createNode(op, inputs, {}, [{ dtype: "float32", shape: [2] }]).outputs[0] as Tensor;
}

/** x a + y. */
function axpyBody(): Program {
  const [x, y, a] = [leaf("x", "float32", [2]), leaf("y", "float32", [2]), leaf("a", "float32", [])];
  return defineProgram({ y0: node("add", node("mul", x, a), y) });
}

/** s' = tanh(s a + x), stacked as s' x. */
function recurrentBody(): Program {
  const [s, x, a] = [leaf("s", "float32", [2]), leaf("x", "float32", [2]), leaf("a", "float32", [2])];
  const next = node("tanh", node("add", node("mul", s, a), x));
  return defineProgram({ t0: next, y0: node("mul", next, x) });
}
