/**
 * Reverse-mode differentiation of a graph into a graph (Griewank and Walther 2008, chapter 3): walk the nodes
 * that lie between the wanted tensors and the loss in reverse order, and let each operator's vjp pull gradients
 * from its outputs to its inputs. Contributions to one tensor are summed.
 */
import { fail, internal } from "../base/errors.ts";
import * as t from "./functions.ts";
import { reachable, type Node, type Tensor } from "./graph.ts";
import { ops } from "./ops/index.ts";
import type { OpRule } from "./rule.ts";
import { formatShape } from "./shape.ts";

const leaves: ReadonlySet<string> = new Set(["input", "weight"]);

function ruleOf(node: Node): OpRule | undefined {
  return leaves.has(node.op) ? undefined : (ops as Readonly<Record<string, OpRule>>)[node.op];
}

/**
 * Gradients of a scalar `loss` for each tensor of `wrt`, in the same order and shapes. A tensor that the loss
 * does not depend on has a gradient of zeros.
 *
 * @throws E_TENSOR_SHAPE when the loss is no scalar, E_TENSOR_NO_GRADIENT when an operator on the way has no rule.
 */
export function grad(loss: Tensor, wrt: readonly Tensor[]): readonly Tensor[] {
  if (loss.shape.length !== 0) {
    fail("E_TENSOR_SHAPE", { what: `grad: the loss has shape ${formatShape(loss.shape)}, wants a scalar.` });
  }
  return vjp([loss], [t.scalar(1, loss.dtype)], wrt);
}

/** Pulls given gradients of `outputs` back to `wrt`: the general form of {@link grad}. */
export function vjp(
  outputs: readonly Tensor[],
  outputGrads: readonly Tensor[],
  wrt: readonly Tensor[],
): readonly Tensor[] {
  const nodes = reachable(outputs);
  const wanted = new Set(wrt);
  const needed = new Set<Node>();
  for (const node of nodes) {
    const flows = ruleOf(node)?.vjp !== "none" && node.inputs.some((input) => needed.has(input.node));
    if (flows || node.outputs.some((output) => wanted.has(output))) needed.add(node);
  }

  const grads = new Map<Tensor, Tensor>();
  const accumulate = (tensor: Tensor, grad: Tensor): void => {
    const known = grads.get(tensor);
    grads.set(tensor, known === undefined ? grad : t.add(known, grad));
  };
  for (const [i, output] of outputs.entries())
    accumulate(output, outputGrads[i] ?? internal("vjp: a gradient is missing"));

  for (const node of nodes.toReversed()) {
    const rule = ruleOf(node);
    if (!needed.has(node) || rule === undefined) continue;
    if (!node.inputs.some((input) => needed.has(input.node))) continue;
    const arriving = node.outputs.map((output) => grads.get(output));
    if (arriving.every((grad) => grad === undefined)) continue;
    if (rule.vjp === undefined || rule.vjp === "none") {
      return fail("E_TENSOR_NO_GRADIENT", { what: `no gradient rule for "${node.op}".` });
    }
    const { inputs, outputs, attributes } = node;
    const pulled = rule.vjp(t, { inputs, outputs, grads: arriving, attributes });
    for (const [i, input] of inputs.entries()) {
      const gradient = pulled[i];
      if (gradient !== undefined && needed.has(input.node)) accumulate(input, gradient);
    }
  }
  return wrt.map((tensor) => grads.get(tensor) ?? t.expand(t.scalar(0, tensor.dtype), tensor.shape));
}
