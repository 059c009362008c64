import { expect, test } from "vitest";
import { buildOnnxGraph } from "./emit.ts";
import * as t from "./functions.ts";
import { defineProgram } from "./program.ts";

test("the engine is told the symbolic sizes of values between nodes, which it would forget at a Reshape", () => {
  const x = t.input("x", "float32", ["batch", "time", 8]);
  const flat = t.reshape(t.exp(x), ["batch*time", 8]);
  const {
    values = [],
    nodes,
    outputs,
  } = buildOnnxGraph(defineProgram({ y: t.mul(flat, flat) }), () => {
    throw new Error("no weights here");
  });
  expect(values.map(({ shape }) => shape)).toEqual([
    ["batch", "time", 8],
    ["batch*time", 8],
  ]);
  const made = new Set(nodes.flatMap((node) => node.outputs));
  expect(values.every(({ name }) => made.has(name))).toBe(true);
  expect(outputs.map(({ name }) => name)).toEqual(["y"]);
});
