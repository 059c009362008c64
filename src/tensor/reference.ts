/**
 * A slow interpreter in float64 from the rules' own definitions: the oracle of the operator tests and of
 * anything that wants a graph's value without an engine.
 */
import { internal } from "../base/errors.ts";
import { leafName, reachable, type Tensor } from "./graph.ts";
import { findRule } from "./ops/index.ts";
import type { DenseArray } from "./rule.ts";
import { evaluateDim, type Dim } from "./shape.ts";

/** Values of `outputs` when inputs and weights have these values. Symbolic sizes are read off the feeds. */
export function interpret(outputs: readonly Tensor[], feeds: ReadonlyMap<string, DenseArray>): readonly DenseArray[] {
  const symbols = new Map<string, number>();
  const values = new Map<Tensor, DenseArray>();
  const evaluate = (dim: Dim): number => evaluateDim(dim, symbols);
  const nodes = reachable(outputs);
  for (const node of nodes) {
    if (node.op !== "input" && node.op !== "weight") continue;
    const name = leafName(node);
    const value = feeds.get(name) ?? internal(`no value for "${name}"`);
    const leaf = node.outputs[0] as Tensor;
    for (const [axis, dim] of leaf.shape.entries()) {
      if (typeof dim === "string" && /^\w+$/.test(dim)) symbols.set(dim, value.shape[axis] as number);
    }
    values.set(leaf, value);
  }
  for (const node of nodes) {
    if (values.has(node.outputs[0] as Tensor)) continue;
    const rule = findRule(node.op) ?? internal(`unknown operator ${node.op}`);
    const inputs = node.inputs.map((tensor) => values.get(tensor) ?? internal("value used before it is made"));
    const shapes = node.outputs.map((output) => output.shape.map(evaluate));
    const results = rule.reference(inputs, node, shapes, { evaluate, interpret });
    for (const [i, output] of node.outputs.entries()) values.set(output, results[i] ?? internal("missing result"));
  }
  return outputs.map((tensor) => values.get(tensor) as DenseArray);
}
