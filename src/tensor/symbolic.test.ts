/** Programs with symbolic sizes, compiled once, give the reference's values at several sizes; gradients included. */
import { describe, expect, it } from "vitest";
import { randomAt } from "../base/random.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import type { HostTensor } from "../runtime/types.ts";
import { grad } from "./autodiff.ts";
import * as t from "./functions.ts";
import { createNode, type Tensor } from "./graph.ts";
import { defineProgram } from "./program.ts";
import { interpret } from "./reference.ts";
import type { DenseArray } from "./rule.ts";
import { addDims } from "./shape.ts";

const runtime = createNodeRuntime({ threads: 1 });

function draw(shape: readonly number[], name: string): DenseArray {
  const random = randomAt(name, ...shape);
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float64Array.from(Float32Array.from({ length: size }, () => random.normal())) };
}

/** Runs `outputs` in the engine and the interpreter for each assignment of sizes. */
async function agree(
  outputs: Readonly<Record<string, Tensor>>,
  sizes: readonly Readonly<Record<string, number>>[],
): Promise<void> {
  const program = defineProgram(outputs);
  const session = await runtime.compile(program);
  for (const size of sizes) {
    const values = new Map(
      [...program.inputs].map(([name, { shape }]) => [
        name,
        draw(
          shape.map((dim) => (typeof dim === "number" ? dim : (size[dim] as number))),
          name,
        ),
      ]),
    );
    const feeds = Object.fromEntries(
      [...values].map(([name, { shape, data }]): [string, HostTensor] => [
        name,
        { dtype: "float32", shape, data: Float32Array.from(data) },
      ]),
    );
    const got = await session.run(feeds);
    for (const [i, want] of interpret([...program.outputs.values()], values).entries()) {
      const host = got[[...program.outputs.keys()][i] as string] as HostTensor;
      expect(host.shape).toEqual(want.shape);
      for (const [k, value] of want.data.entries())
        expect(Math.abs(Number(host.data[k]) - value)).toBeLessThan(2e-5 * (1 + Math.abs(value)));
    }
  }
  await session.release();
}

const sizes = [
  { batch: 1, time: 3, past: 2 },
  { batch: 2, time: 5, past: 1 },
];
const x = t.input("x", "float32", ["batch", "time", 4]);

describe("symbolic sizes", () => {
  it("reshape with one and with two unknown sizes", () =>
    agree(
      {
        flat: t.flattenRows(x),
        heads: t.transpose(t.reshape(x, ["batch", "time", 2, 2]), [0, 2, 1, 3]),
        swapped: t.reshape(t.transpose(x, [1, 2, 0]), ["time", "batch", 4]),
      },
      sizes,
    ));

  it("reductions and counts over a symbolic axis, and expansion back", () =>
    agree(
      { mean: t.reduceMean(x, [0, 1]), count: t.countOf(x, [0, 1]), wide: t.expand(t.reduceSum(x, [1]), x.shape) },
      sizes,
    ));

  it("sums of sizes: a cache that grows", () => {
    const past = t.input("cache", "float32", ["batch", "past", 4]);
    const grown = t.concat([past, x], 1);
    const joined = addDims("past", "time");
    return agree(
      { grown, places: t.add(t.cast(t.range(joined), "float32"), t.reduceSum(grown, [0, 2], { keepDims: false })) },
      sizes,
    );
  });

  it("slices from either side of a symbolic axis, with gradients", () => {
    const parts: readonly Tensor[] = [
      t.slice(x, 1, 1, 3),
      t.slice(x, 1, -2),
      t.slice(x, 1, -2, -1),
      t.slice(t.concat([t.input("cache", "float32", ["batch", "past", 4]), x], 1), 1, "past", undefined, "time"),
      t.slice(t.pad(x, 1, "past", 2), 1, "past", undefined, addDims("time", 2)),
    ];
    const loss = parts.map((part, i) => t.sumAll(t.exp(t.mul(part, i + 1)))).reduce((a, b) => t.add(a, b));
    return agree(
      { ...Object.fromEntries(parts.map((part, i) => [`part${i}`, part])), dx: grad(loss, [x])[0] as Tensor },
      sizes,
    );
  });

  it("learned tokens before a sequence, with their gradient", () => {
    const prompt = t.input("prompt", "float32", [1, 5, 4]);
    const long = t.concat([t.expand(prompt, ["batch", 5, 4]), x], 1);
    const mixed = t.matmul(t.softmax(t.matmul(long, long, { transB: true, alpha: 0.3 })), long);
    const seen = t.slice(mixed, 1, 5, undefined, "time");
    const loss = t.sumAll(t.mul(seen, seen));
    const [dPrompt, dx] = grad(loss, [prompt, x]) as [Tensor, Tensor];
    return agree({ loss, dPrompt, dx }, sizes);
  });

  it("convolutions and pooling of any batch, causal ones of any time, with gradients", () => {
    const columns = t.transpose(x, [0, 2, 1]);
    const causal = t.conv(columns, t.input("kernel", "float32", [6, 2, 3]), { pads: [2, 0], group: 2 });
    expect(causal.shape).toEqual(["batch", 6, "time"]);
    const image = t.input("image", "float32", ["batch", 2, 6, 6]);
    const patches = t.conv(image, t.input("patch", "float32", [3, 2, 2, 2]), { strides: [2, 2] });
    const pooled = t.maxPool(t.averagePool(patches, [2, 2], { strides: [1, 1] }), [2, 2]);
    const loss = t.add(t.sumAll(t.mul(causal, causal)), t.sumAll(t.mul(pooled, pooled)));
    const wrt = ["x", "kernel", "image", "patch"];
    const leaves = [x, causal.node.inputs[1], image, patches.node.inputs[1]] as Tensor[];
    const gradients = Object.fromEntries(grad(loss, leaves).map((gradient, i) => [`d_${wrt[i]}`, gradient]));
    return agree({ causal, pooled, ...gradients }, sizes);
  });

  it("a recurrent layer of any batch and time, with gradients of its states, inputs and weights", () => {
    const steps = t.transpose(x, [1, 0, 2]);
    const start = t.input("start", "float32", ["batch", 4]);
    const w = t.input("w", "float32", [4, 4]);
    const { states, outputs } = t.scan({ states: [start], scanned: [steps], captured: [w] }, ([s], [element], [v]) => {
      const gate = t.sigmoid(element as Tensor);
      const fresh = t.tanh(t.matmul(s as Tensor, v as Tensor));
      const next = t.add(t.mul(gate, s as Tensor), t.mul(t.sub(1, gate), fresh));
      return { states: [next], outputs: [t.mul(next, element as Tensor)] };
    });
    const [last, all] = [states[0] as Tensor, outputs[0] as Tensor];
    const loss = t.add(t.sumAll(t.mul(all, all)), t.sumAll(last));
    const [dx, dStart, dw] = grad(loss, [x, start, w]) as [Tensor, Tensor, Tensor];
    return agree({ last, all, dx, dStart, dw }, sizes);
  });

  it("attention over two sequences, with its gradient", () => {
    const w = t.input("w", "float32", [4, 4]);
    const q = t.matmul(x, w);
    const scores = t.matmul(q, x, { transB: true, alpha: 0.5 });
    const mixed = t.matmul(t.softmax(scores), x);
    const loss = t.sumAll(t.mul(mixed, mixed));
    const [dw, dx] = grad(loss, [w, x]) as [Tensor, Tensor];
    return agree({ loss, dw, dx }, sizes);
  });
});

describe("grad", () => {
  const scalarInput = (): Tensor => t.input("s", "float32", []);

  it("names the operator that has no rule", () => {
    const rows = t.input("rows", "float32", [2, 16]);
    const [bytes, scales] = [t.input("bytes", "uint8", [3, 1, 8]), t.input("scales", "float32", [3, 1])];
    const matrix = { columns: 16, rows: 3, bits: 4, blockSize: 16, accuracyLevel: 0 } as const;
    expect(() => grad(t.sumAll(t.matmulNBits(rows, bytes, scales, matrix)), [rows])).toThrow(
      /E_TENSOR_NO_GRADIENT.*matmulNBits/,
    );
  });

  it("refuses a loss that is no scalar, and gives zeros for what the loss does not know", () => {
    expect(() => grad(x, [x])).toThrow("E_TENSOR_SHAPE");
    const other = t.input("other", "float32", [2]);
    const [zero] = interpret(
      grad(t.mul(scalarInput(), 3), [other]),
      new Map([
        ["s", draw([], "s")],
        ["other", draw([2], "o")],
      ]),
    );
    expect(zero?.data).toEqual(new Float64Array(2));
  });

  it("makes no node for a gradient that nobody wants", () => {
    const frozen = t.weight("frozen", "float32", [4, 4]);
    const hidden = t.rmsNorm(t.matmul(x, frozen), t.weight("scale", "float32", [4]), 1e-5);
    const loss = t.sumAll(t.mul(hidden, hidden));
    const before = t.scalar(0).node.id;
    const gradient = grad(loss, [x])[0] as Tensor;
    const made = t.scalar(0).node.id - before - 1;
    const used = defineProgram({ gradient }).nodes.filter(({ id }) => id > before).length;
    expect(made).toBe(used);
  });

  it("refuses a gradient that a rule does not have", () => {
    const angles = t.input("angles", "float32", ["batch", "time", 1]);
    expect(() => grad(t.sumAll(t.rotary(x, t.cos(angles), t.sin(angles))), [angles])).toThrow(
      /E_TENSOR_NO_GRADIENT.*rotary.*input 1/,
    );
  });

  it("stops where it is told to", () => {
    const s = scalarInput();
    const [g] = interpret(
      grad(t.mul(s, t.stopGradient(s)), [s]),
      new Map([["s", { shape: [], data: Float64Array.of(3) }]]),
    );
    expect(g?.data[0]).toBe(3);
  });

  it("can be taken twice", () => {
    const s = scalarInput();
    const value = 0.7;
    for (const [f, second] of [
      [(a: Tensor) => t.exp(a), Math.exp(value)],
      [(a: Tensor) => t.mul(a, t.mul(a, a)), 6 * value],
      [(a: Tensor) => t.sin(a), -Math.sin(value)],
      [(a: Tensor) => t.log(a), -1 / value ** 2],
    ] as const) {
      const first = grad(f(s), [s])[0] as Tensor;
      const [got] = interpret(grad(first, [s]), new Map([["s", { shape: [], data: Float64Array.of(value) }]]));
      expect(got?.data[0]).toBeCloseTo(second, 10);
    }
  });

  it("reports an unknown operator as a fault of its own", () => {
    const [odd] = createNode("odd", [x], {}, [{ dtype: "float32", shape: [] }]).outputs as [Tensor];
    expect(() => interpret([odd], new Map([["x", draw([1, 1, 4], "x")]]))).toThrow("internal");
  });
});
