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
import type { Tensor } from "../graph.ts";
import { defineProgram } from "../program.ts";
import { interpret } from "../reference.ts";
import type { CaseInput, DenseArray, OpCase, OpRule } from "../rule.ts";
import { ops, type OpName } from "./index.ts";
import { floats, sizeOfStatic } from "./elementwise.ts";

/** Operators that are never differentiated; everything else must have a rule. */
const withoutGradient: ReadonlySet<string> = new Set(["mapChunks"]);

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
  if (dtype === "bool") return { dtype, shape, data: Uint8Array.from(data) };
  return { dtype: "float32", shape, data: Float32Array.from(data) };
}

function setUp(op: OpName, opCase: OpCase) {
  const values = opCase.inputs.map((input, i) => draw(input, `${op}/${i}`));
  const leaves = opCase.inputs.map((input, i) =>
    t.input(`x${i}`, "dtype" in input ? input.dtype : "float32", input.shape),
  );
  const feeds = new Map(values.map((value, i) => [`x${i}`, value]));
  return { values, leaves, feeds, outputs: t.apply(op, leaves, opCase.attributes ?? {}) };
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

for (const [name, rule] of Object.entries(ops) as readonly [OpName, OpRule][]) {
  describe(name, () => {
    it("has cases", () => expect(rule.cases.length).toBeGreaterThan(0));

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

      if (rule.vjp === "none" || opCase.inputs.some((input) => "values" in input && floats.includes(input.dtype)))
        continue;
      if (!rule.cases[0]?.inputs.length || withoutGradient.has(name)) continue;

      it(`case ${index}: the gradient agrees with finite differences`, () => {
        expect(rule.vjp).toBeDefined();
        const { values, leaves, feeds, outputs } = setUp(name, opCase);
        if (!outputs.some((output) => floats.includes(output.dtype))) return;
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
