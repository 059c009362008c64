/**
 * x + scatterAdd(zeros, indices, updates) becomes scatterAdd(x, indices, updates). The gradient of a tied embedding
 * is such a sum: this saves filling and adding a table of the vocabulary's size.
 */
import * as t from "../functions.ts";
import type { Node, Tensor } from "../graph.ts";
import type { Program } from "../program.ts";
import { rebuild } from "../rebuild.ts";
import { sameShape } from "../shape.ts";

export function fuseScatterAdd(program: Program): Program {
  const uses = new Map<Node, number>();
  const use = ({ node }: Tensor): void => void uses.set(node, (uses.get(node) ?? 0) + 1);
  for (const { inputs } of program.nodes) inputs.forEach(use);
  for (const output of program.outputs.values()) use(output);
  return rebuild(program, (node, inputs) => {
    if (node.op !== "add") return undefined;
    for (const [scattered, other] of [inputs, inputs.toReversed()] as [Tensor, Tensor][]) {
      const { op, inputs: parts } = scattered.node;
      // Used elsewhere too, the scatter would have to be made anyway.
      const alone = (uses.get(node.inputs[inputs.indexOf(scattered)]?.node as Node) ?? 0) <= 1;
      if (op !== "scatterAdd" || !alone || !sameShape(scattered.shape, other.shape)) continue;
      const [table, indices, updates] = parts as [Tensor, Tensor, Tensor];
      if (isZeros(table)) return [t.scatterAdd(other, indices, updates)];
    }
    return undefined;
  });
}

/** Whether a tensor is a constant zero, expanded or not. */
function isZeros({ node }: Tensor): boolean {
  if (node.op === "expand") return isZeros(node.inputs[0] as Tensor);
  if (node.op !== "constant") return false;
  const data = node.attributes["data"];
  return ArrayBuffer.isView(data) && [...(data as Float32Array)].every((value) => Number(value) === 0);
}
