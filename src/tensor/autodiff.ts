/**
 * Reverse-mode differentiation of a graph into a graph (Griewank and Walther 2008, chapter 3): walk the nodes
 * that lie between the wanted tensors and the loss in reverse order, and let each operator's vjp pull gradients
 * from its outputs to its inputs. Contributions to one tensor are summed.
 */
import { fail, internal } from "../base/errors.ts";
import * as t from "./functions.ts";
import { reachable, type Tensor } from "./graph.ts";
import { floats } from "./ops/elementwise.ts";
import { findRule } from "./ops/index.ts";
import { formatShape } from "./shape.ts";

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
  const asked = new Set(wrt);
  // The tensors through which a wanted tensor acts on the outputs. Integers carry no gradient onwards.
  const needed = new Set<Tensor>();
  for (const node of nodes) {
    const flows = findRule(node.op)?.vjp !== "none" && node.inputs.some((input) => needed.has(input));
    for (const output of node.outputs) {
      if ((flows || asked.has(output)) && floats.includes(output.dtype)) needed.add(output);
    }
  }

  const grads = new Map<Tensor, Tensor>();
  const accumulate = (tensor: Tensor, grad: Tensor): void => {
    const known = grads.get(tensor);
    grads.set(tensor, known === undefined ? grad : t.add(known, grad));
  };
  for (const [i, output] of outputs.entries())
    accumulate(output, outputGrads[i] ?? internal("vjp: a gradient is missing"));

  for (const node of nodes.toReversed()) {
    const rule = findRule(node.op);
    if (rule === undefined || rule.vjp === "none") continue;
    const wanted = node.inputs.map((input) => needed.has(input));
    if (!wanted.includes(true)) continue;
    const arriving = node.outputs.map((output) => grads.get(output));
    if (arriving.every((grad) => grad === undefined)) continue;
    if (rule.vjp === undefined) {
      return fail("E_TENSOR_NO_GRADIENT", { what: `no gradient rule for "${node.op}".` });
    }
    const { inputs, outputs, attributes } = node;
    const pulled = rule.vjp(t, { inputs, outputs, grads: arriving, wanted, attributes, pull: vjp });
    for (const [i, input] of inputs.entries()) {
      const gradient = pulled[i];
      if (wanted[i] !== (gradient !== undefined)) {
        if (!wanted[i]) internal(`the gradient rule of "${node.op}" made one for input ${i} that nobody wants`);
        fail("E_TENSOR_NO_GRADIENT", { what: `"${node.op}" has no gradient rule for its input ${i}.` });
      }
      if (gradient !== undefined) accumulate(input, gradient);
    }
  }
  return wrt.map((tensor) => grads.get(tensor) ?? t.expand(t.scalar(0, tensor.dtype), tensor.shape));
}
