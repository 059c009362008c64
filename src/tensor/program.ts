/** A program: named outputs over named inputs and weights, the unit that is emitted and compiled. */
import { internal } from "../base/errors.ts";
import { leafName, reachable, type Node, type Tensor, type TensorType } from "./graph.ts";

export interface Program {
  readonly inputs: ReadonlyMap<string, TensorType>;
  /** Frozen tensors that the runtime resolves by name. */
  readonly weights: ReadonlyMap<string, TensorType>;
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** All nodes in order of execution. */
  readonly nodes: readonly Node[];
}

/** Collects what the outputs need. Two leaves of one name must be one type; they become one leaf. */
export function defineProgram(outputs: Readonly<Record<string, Tensor>>): Program {
  const nodes = reachable(Object.values(outputs));
  const inputs = new Map<string, TensorType>();
  const weights = new Map<string, TensorType>();
  for (const node of nodes) {
    if (node.op !== "input" && node.op !== "weight") continue;
    const name = leafName(node);
    const type = node.outputs[0] ?? internal("leaf without output");
    const table = node.op === "input" ? inputs : weights;
    const known = table.get(name);
    if (known !== undefined && (known.dtype !== type.dtype || known.shape.join() !== type.shape.join())) {
      internal(`two leaves named "${name}" with different types`);
    }
    table.set(name, { dtype: type.dtype, shape: type.shape });
  }
  for (const name of Object.keys(outputs)) {
    if (inputs.has(name) || weights.has(name)) internal(`"${name}" names both an input and an output`);
  }
  return { inputs, weights, outputs: new Map(Object.entries(outputs)), nodes };
}
