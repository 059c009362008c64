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
    const rows = t.input("rows", "float32", [2, 3]);
    const [chunk] = t.mapChunks([rows], [], ([row]) => [t.exp(row as Tensor)]) as [Tensor];
    expect(() => grad(t.sumAll(chunk), [rows])).toThrow(/E_TENSOR_NO_GRADIENT.*mapChunks/);
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
