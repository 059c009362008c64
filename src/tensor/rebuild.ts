/** Copies a graph node by node while a pass decides what each becomes: the shape all rewriting passes share. */
import { internal } from "../base/errors.ts";
import { createNode, type Node, type Tensor } from "./graph.ts";
import { defineProgram, type Program } from "./program.ts";

/**
 * What a node becomes, given its inputs in the new graph: other tensors, or undefined to copy it. A node whose
 * inputs did not change is kept as it is.
 */
export type Rewrite = (node: Node, inputs: readonly Tensor[]) => readonly Tensor[] | undefined;

/** The node on other inputs; itself when they are its own. */
export function renew(node: Node, inputs: readonly Tensor[]): readonly Tensor[] {
  const same = inputs.every((input, i) => input === node.inputs[i]);
  return same ? node.outputs : createNode(node.op, inputs, node.attributes, node.outputs).outputs;
}

export function rebuild(program: Program, rewrite: Rewrite): Program {
  const made = new Map<Tensor, Tensor>();
  const current = (tensor: Tensor): Tensor => made.get(tensor) ?? internal("a pass used a value before it was made");
  for (const node of program.nodes) {
    const inputs = node.inputs.map(current);
    const outputs = rewrite(node, inputs) ?? renew(node, inputs);
    for (const [i, output] of node.outputs.entries()) made.set(output, outputs[i] ?? internal("a pass lost an output"));
  }
  return defineProgram(Object.fromEntries([...program.outputs].map(([name, tensor]) => [name, current(tensor)])));
}
