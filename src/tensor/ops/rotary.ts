/**
 * Rotary position embedding (Su et al. 2021) in the half-split layout of Hugging Face checkpoints.
 *
 * x [batch, time, heads*headDim], cos and sin [batch, time, headDim/2] for each token. Each head's halves
 * (a, b) turn into (a cos - b sin, b cos + a sin). Left out: partial rotation of a head.
 */
import { fail } from "../../base/errors.ts";
import type { Tensor } from "../graph.ts";
import type { OpRule } from "../rule.ts";
import { divDims, formatShape, mulDims, type Dim } from "../shape.ts";
import { dense, only, requireFloat } from "./elementwise.ts";

export const rotary: OpRule = {
  infer: (inputs) => {
    const [x, cos] = [only(inputs, 0), only(inputs, 1)];
    const half = cos.shape.at(-1);
    if (
      x.shape.length !== 3 ||
      cos.shape.length !== 3 ||
      divDims(x.shape[2] as Dim, mulDims(2, half as Dim)) === undefined
    ) {
      fail("E_TENSOR_SHAPE", {
        what: `rotary: ${formatShape(x.shape)} does not split into heads of 2 x ${formatShape(cos.shape)}.`,
      });
    }
    return [requireFloat("rotary", x)];
  },
  // The engine's kernel looks angles up in a table by position. Here the table has one row per token of the
  // batch, and the "position" of a token is its row; so any scaling of angles stays outside the kernel.
  emit: (emitter, names, node) => {
    const [x, cos, sin] = names as [string, string, string];
    const [batch, time, half] = only(node.inputs, 1).shape as [Dim, Dim, number];
    const rows = emitter.shape([mulDims(batch, time)]);
    const scalarShape = emitter.constant(new BigInt64Array(0), "int64", [0]);
    const [limit] = emitter.node("Reshape", [rows, scalarShape]);
    const [flat] = emitter.node("Range", [emitter.scalar(0, "int64"), limit as string, emitter.scalar(1, "int64")]);
    const [ids] = emitter.node("Reshape", [flat as string, emitter.shape([batch, time])]);
    const table = emitter.constant(BigInt64Array.of(-1n, BigInt(half)), "int64", [2]);
    const [cosTable] = emitter.node("Reshape", [cos, table]);
    const [sinTable] = emitter.node("Reshape", [sin, table]);
    return emitter.node(
      "RotaryEmbedding",
      [x, ids as string, cosTable as string, sinTable as string],
      {},
      { domain: "com.microsoft" },
    );
  },
  reference: (inputs) => {
    const [x, cos, sin] = [dense(inputs, 0), dense(inputs, 1), dense(inputs, 2)];
    const width = x.shape[2] as number;
    const half = cos.shape[2] as number;
    const data = new Float64Array(x.data.length);
    for (let i = 0; i < data.length; i++) {
      const token = Math.floor(i / width);
      const inHead = (i % width) % (2 * half);
      const k = token * half + (inHead % half);
      const other = inHead < half ? i + half : i - half;
      const sign = inHead < half ? -1 : 1;
      data[i] =
        (x.data[i] as number) * (cos.data[k] as number) + sign * (x.data[other] as number) * (sin.data[k] as number);
    }
    return [{ shape: x.shape, data }];
  },
  // A rotation's transpose is the rotation by the opposite angle. Angles have no gradient: asking for one is refused.
  vjp: (t, { inputs, grads, wanted }) => [
    wanted[0] ? t.rotary(grads[0] as Tensor, only(inputs, 1), t.neg(only(inputs, 2))) : undefined,
    undefined,
    undefined,
  ],
  cases: [{ inputs: [{ shape: [2, 3, 8] }, { shape: [2, 3, 2] }, { shape: [2, 3, 2] }], wrt: [0] }],
};
