/**
 * Walks the operator table: every rule runs its own cases forward in the engine against the float64 reference,
 * and its gradient against central differences in float64.
 */
import { describe, expect, it } from "vitest";
import { createNodeRuntime } from "../../runtime/node.ts";
import type { HostTensor } from "../../runtime/types.ts";
import { randomAt } from "../../base/random.ts";
import { grad } from "../autodiff.ts";
import * as t from "../functions.ts";
import { createNode, type Attributes, type Tensor } from "../graph.ts";
import { defineProgram } from "../program.ts";
import { interpret } from "../reference.ts";
import type { AnyRule, CaseInput, DenseArray, OpCase } from "../rule.ts";
import { findRule, ops, type OpName } from "./index.ts";
import { floats, sizeOfStatic } from "./elementwise.ts";

/** Operators that are never differentiated; everything else must have a rule. */
const withoutGradient: ReadonlySet<string> = new Set(["groupedQueryAttention", "matmulNBits"]);

/** Whether finite differences can be taken: a float input that is drawn, and a float output. */
function isDifferentiable(op: OpName, opCase: OpCase<Attributes>): boolean {
  const drawn = opCase.inputs.some((input) => !("values" in input));
  const given = opCase.inputs.some((input) => "values" in input && floats.includes(input.dtype));
  return drawn && !given && setUp(op, opCase).outputs.some((output) => floats.includes(output.dtype));
}

const runtime = createNodeRuntime({ threads: 1 });

function draw(input: CaseInput, seed: string): DenseArray {
  if ("values" in input) return { shape: input.shape, data: Float64Array.from(input.values) };
  const random = randomAt(seed);
  const size = sizeOfStatic(input.shape);
  const data = Float64Array.from({ length: size }, () =>
    input.positive ? 0.5 + random.uniform() : random.normal() * (input.scale ?? 1) + (input.shift ?? 0),
  );
  // Rounded to float32 so that engine and reference see the same numbers.
  return { shape: input.shape, data: Float64Array.from(Float32Array.from(data)) };
}

function toHost({ shape, data }: DenseArray, dtype: string): HostTensor {
  if (dtype === "int64") return { dtype, shape, data: BigInt64Array.from(data, (v) => BigInt(v)) };
  if (dtype === "int32") return { dtype, shape, data: Int32Array.from(data) };
  if (dtype === "bool" || dtype === "uint8") return { dtype, shape, data: Uint8Array.from(data) };
  return { dtype: "float32", shape, data: Float32Array.from(data) };
}

function setUp(op: OpName, opCase: OpCase<Attributes>) {
  const values = opCase.inputs.map((input, i) => draw(input, `${op}/${i}`));
  const leaves = opCase.inputs.map((input, i) =>
    t.input(`x${i}`, "dtype" in input ? input.dtype : "float32", input.shape),
  );
  const feeds = new Map(values.map((value, i) => [`x${i}`, value]));
  const attributes = opCase.attributes ?? {};
  const types = (findRule(op) as AnyRule).infer(leaves, attributes);
  return { values, leaves, feeds, outputs: createNode(op, leaves, attributes, types).outputs };
}

/** A scalar that depends on every element of every float output with different weights. */
function weightedSum(outputs: readonly Tensor[]): Tensor {
  const terms = outputs
    .filter((output) => floats.includes(output.dtype))
    .map((output, i) => {
      const shape = output.shape as readonly number[];
      const random = randomAt("weights", i);
      const weights = t.constant(
        Float32Array.from({ length: sizeOfStatic(shape) }, () => random.normal()),
        output.dtype,
        shape,
      );
      return t.sumAll(t.mul(output, weights));
    });
  return terms.reduce((a, b) => t.add(a, b));
}

for (const name of Object.keys(ops) as readonly OpName[]) {
  const rule = findRule(name) as AnyRule;
  describe(name, () => {
    it("has cases, and one for its gradient", () => {
      expect(rule.cases.length).toBeGreaterThan(0);
      if (typeof rule.vjp !== "function") expect(rule.vjp === "none" || withoutGradient.has(name)).toBe(true);
      else expect(rule.cases.some((opCase) => isDifferentiable(name, opCase))).toBe(true);
    });

    for (const [index, opCase] of rule.cases.entries()) {
      it(`case ${index}: the engine agrees with the reference`, async () => {
        const { values, leaves, feeds, outputs } = setUp(name, opCase);
        const program = defineProgram(Object.fromEntries(outputs.map((output, i) => [`y${i}`, output])));
        const session = await runtime.compile(program);
        const got = await session.run(
          Object.fromEntries(
            leaves.flatMap((leaf, i) =>
              program.inputs.has(`x${i}`) ? [[`x${i}`, toHost(values[i] as DenseArray, leaf.dtype)]] : [],
            ),
          ),
        );
        const expected = interpret(outputs, feeds);
        for (const [i, want] of expected.entries()) {
          const host = got[`y${i}`] as HostTensor;
          expect(host.shape).toEqual(want.shape);
          expect(host.dtype).toBe(outputs[i]?.dtype);
          const tolerance = opCase.tolerance ?? 1e-5;
          for (const [k, value] of want.data.entries()) {
            expect(Math.abs(Number(host.data[k]) - value)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(value)));
          }
        }
        await session.release();
      });

      if (typeof rule.vjp !== "function" || !isDifferentiable(name, opCase)) continue;

      it(`case ${index}: the gradient agrees with finite differences`, () => {
        const { values, leaves, feeds, outputs } = setUp(name, opCase);
        const loss = weightedSum(outputs.slice(0, opCase.differentiable));
        const at = leaves.flatMap((leaf, i) => (floats.includes(leaf.dtype) ? [i] : []));
        const wrt = opCase.wrt ?? at;
        const gradients = interpret(
          grad(
            loss,
            wrt.map((i) => leaves[i] as Tensor),
          ),
          feeds,
        );
        // Asked for one alone, a rule must not make the others.
        for (const i of wrt) grad(loss, [leaves[i] as Tensor]);
        const epsilon = 1e-5;
        for (const [g, i] of wrt.entries()) {
          const value = values[i] as DenseArray;
          for (let k = 0; k < value.data.length; k++) {
            const shifted = (delta: number): number => {
              const data = Float64Array.from(value.data);
              data[k] = (data[k] as number) + delta;
              return (interpret([loss], new Map(feeds).set(`x${i}`, { shape: value.shape, data }))[0] as DenseArray)
                .data[0] as number;
            };
            const numeric = (shifted(epsilon) - shifted(-epsilon)) / (2 * epsilon);
            const analytic = (gradients[g] as DenseArray).data[k] as number;
            expect(Math.abs(analytic - numeric), `input ${i} element ${k}`).toBeLessThan(
              1e-6 * (1 + Math.abs(numeric)),
            );
          }
        }
      });
    }
  });
}
