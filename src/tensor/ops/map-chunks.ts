/**
 * Runs an elementwise program over rows [chunk] of tensors [chunks, chunk], one row at a time, so that its
 * intermediate values stay in the processor's cache: an optimizer update touches memory once instead of once
 * per operator.
 *
 * Inputs: `scanned` tensors [chunks, chunk], which the body sees as leaves `x0, x1, ...` of shape [chunk]; then
 * captured tensors of any shape, which it sees as leaves `c0, c1, ...`. Outputs y0, y1, ... are stacked.
 * It has no gradient rule: nothing that runs in it is differentiated.
 */
import { fail } from "../../base/errors.ts";
import { createNode, input as leaf, type Tensor } from "../graph.ts";
import { defineProgram, type Program } from "../program.ts";
import type { DenseArray, OpRule } from "../rule.ts";
import { formatShape, type Dim } from "../shape.ts";
import { only } from "./elementwise.ts";

const bodyOf = (attributes: { readonly [key: string]: unknown }): Program => attributes["body"] as Program;
const scannedOf = (attributes: { readonly [key: string]: unknown }): number => attributes["scanned"] as number;

export const mapChunks: OpRule = {
  infer: (inputs, attributes) => {
    const rows = only(inputs).shape[0] as Dim;
    for (const input of inputs.slice(0, scannedOf(attributes))) {
      if (input.shape.length !== 2 || input.shape[0] !== rows) {
        fail("E_TENSOR_SHAPE", { what: `mapChunks: ${formatShape(input.shape)} is not [${rows}, chunk].` });
      }
    }
    return [...bodyOf(attributes).outputs.values()].map(({ dtype, shape }) => ({ dtype, shape: [rows, ...shape] }));
  },
  emit: (emitter, names, node) => {
    const scanned = scannedOf(node.attributes);
    const captured = new Map(names.slice(scanned).map((name, i) => [`c${i}`, name]));
    const body = emitter.body(bodyOf(node.attributes), captured);
    return emitter.node(
      "Scan",
      names.slice(0, scanned),
      { num_scan_inputs: scanned, body },
      { outputs: node.outputs.length },
    );
  },
  reference: (inputs, node, shapes, { interpret }) => {
    const scanned = scannedOf(node.attributes);
    const rows = only(node.inputs).shape[0] as number;
    const results: DenseArray[] = shapes.map((shape) => ({
      shape,
      data: new Float64Array(shape.reduce((a, b) => a * b, 1)),
    }));
    for (let row = 0; row < rows; row++) {
      const feeds = new Map<string, DenseArray>();
      for (const [i, input] of inputs.entries()) {
        if (i >= scanned) feeds.set(`c${i - scanned}`, input);
        else {
          const chunk = input.data.length / rows;
          feeds.set(`x${i}`, {
            shape: input.shape.slice(1),
            data: input.data.subarray(row * chunk, (row + 1) * chunk),
          });
        }
      }
      for (const [i, value] of interpret([...bodyOf(node.attributes).outputs.values()], feeds).entries()) {
        (results[i] as DenseArray).data.set(value.data, row * value.data.length);
      }
    }
    return results;
  },
  cases: [
    { inputs: [{ shape: [3, 2] }, { shape: [3, 2] }, { shape: [] }], attributes: { scanned: 2, body: axpyBody() } },
  ],
};

/** x0 * c0 + x1, written without functions.ts, which depends on this table. */
function axpyBody(): Program {
  const [x, y, a] = [leaf("x0", "float32", [2]), leaf("x1", "float32", [2]), leaf("c0", "float32", [])];
  const type = { dtype: "float32", shape: [2] } as const;
  const scaled = createNode("mul", [x, a], {}, [type]).outputs[0] as Tensor;
  return defineProgram({ y0: createNode("add", [scaled, y], {}, [type]).outputs[0] as Tensor });
}
