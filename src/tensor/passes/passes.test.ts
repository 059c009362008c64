import { describe, expect, it } from "vitest";
import { grad } from "../autodiff.ts";
import * as t from "../functions.ts";
import type { Tensor } from "../graph.ts";
import { defineProgram, type Program } from "../program.ts";
import { interpret } from "../reference.ts";
import type { DenseArray } from "../rule.ts";
import { shareCommonSubexpressions } from "./common-subexpressions.ts";
import { fuseScatterAdd } from "./fuse-scatter-add.ts";
import { optimize } from "./optimize.ts";

const numbers = (shape: readonly number[], data: readonly number[]): DenseArray => ({
  shape,
  data: Float64Array.from(data),
});
const count = (program: Program, op: string): number => program.nodes.filter((node) => node.op === op).length;
const valuesOf = (program: Program, feeds: ReadonlyMap<string, DenseArray>) =>
  interpret([...program.outputs.values()], feeds);

describe("shareCommonSubexpressions", () => {
  it("computes equal expressions once, with the same values", () => {
    const x = t.input("x", "float32", [2]);
    const twice = (): Tensor => t.exp(t.add(t.mul(x, 2), 1));
    const program = defineProgram({ a: t.mul(twice(), twice()), b: t.add(twice(), t.exp(x)) });
    const shared = shareCommonSubexpressions(program);
    expect(count(program, "exp")).toBe(4);
    expect(count(shared, "exp")).toBe(2);
    expect(count(shared, "constant")).toBe(2);
    const feeds = new Map([["x", numbers([2], [0.5, -1])]]);
    expect(valuesOf(shared, feeds)).toEqual(valuesOf(program, feeds));
  });

  it("keeps apart what differs in an attribute only", () => {
    const x = t.input("x", "float32", [2, 2]);
    const program = defineProgram({
      a: t.reduceSum(x, [0]),
      b: t.reduceSum(x, [1]),
      c: t.matmul(x, x),
      d: t.matmul(x, x, { transB: true }),
    });
    expect(shareCommonSubexpressions(program).nodes.length).toBe(program.nodes.length);
  });
});

describe("fuseScatterAdd", () => {
  const table = t.input("table", "float32", [3, 2]);
  const ids = t.input("ids", "int64", [2]);

  it("adds a tied embedding's rows onto the other gradient", () => {
    const rows = t.gather(table, ids);
    const loss = t.sumAll(t.exp(t.matmul(rows, table, { transB: true })));
    const program = defineProgram({ g: grad(loss, [table])[0] as Tensor });
    const fused = fuseScatterAdd(program);
    expect(count(program, "expand") - count(fused, "expand")).toBe(1);
    expect(count(fused, "add")).toBe(count(program, "add") - 1);
    const feeds = new Map([
      ["table", numbers([3, 2], [0.1, 0.2, -0.3, 0.4, 0.5, -0.6])],
      ["ids", numbers([2], [2, 2])],
    ]);
    const [want, got] = [valuesOf(program, feeds)[0], valuesOf(fused, feeds)[0]];
    for (const [i, value] of (want as DenseArray).data.entries()) expect(got?.data[i]).toBeCloseTo(value, 12);
  });

  it("leaves a scatter alone that is used elsewhere, or is not onto zeros", () => {
    const zeros = t.expand(t.scalar(0), [3, 2]);
    const updates = t.input("updates", "float32", [2, 2]);
    const scattered = t.scatterAdd(zeros, ids, updates);
    const used = defineProgram({ sum: t.add(table, scattered), scattered });
    expect(count(fuseScatterAdd(used), "add")).toBe(1);
    const onto = defineProgram({ sum: t.add(table, t.scatterAdd(table, ids, updates)) });
    expect(count(fuseScatterAdd(onto), "add")).toBe(1);
  });
});

describe("a program", () => {
  it("holds no dead code, and optimizing twice changes nothing more", () => {
    const x = t.input("x", "float32", [2]);
    t.exp(t.exp(x));
    const program = defineProgram({ y: t.add(t.mul(x, x), t.mul(x, x)) });
    expect(count(program, "exp")).toBe(0);
    const once = optimize(program);
    expect(optimize(once).nodes.length).toBe(once.nodes.length);
  });
});
