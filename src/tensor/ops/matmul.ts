/**
 * Batched matrix product alpha * op(a) @ op(b), where op may transpose the last two axes.
 * Emitted as FusedMatMul, so that no gradient needs an explicit Transpose; as MatMul when nothing is fused.
 */
import { fail } from "../../base/errors.ts";
import type { Tensor } from "../graph.ts";
import type { DenseArray, OpRule } from "../rule.ts";
import { broadcastShapes, formatShape, type Dim, type Shape } from "../shape.ts";
import { broadcastStrides, dense, dot, forEachIndex, only, sizeOfStatic } from "./elementwise.ts";

export interface MatmulAttributes {
  readonly transA: boolean;
  readonly transB: boolean;
  readonly alpha: number;
}

function rowsAndColumns(shape: Shape, transposed: boolean): readonly [Dim, Dim] {
  const [rows, columns] = shape.slice(-2) as [Dim, Dim];
  return transposed ? [columns, rows] : [rows, columns];
}

export const matmul: OpRule<MatmulAttributes> = {
  infer: (inputs, attributes) => {
    const { transA, transB } = attributes;
    const [a, b] = [only(inputs, 0), only(inputs, 1)];
    if (a.dtype !== b.dtype) fail("E_TENSOR_DTYPE", { what: `matmul: ${a.dtype} meets ${b.dtype}.` });
    if (a.shape.length < 2 || b.shape.length < 2) {
      fail("E_TENSOR_SHAPE", {
        what: `matmul: ${formatShape(a.shape)} @ ${formatShape(b.shape)} needs two axes on each side.`,
      });
    }
    const [rows, inner] = rowsAndColumns(a.shape, transA);
    const [innerB, columns] = rowsAndColumns(b.shape, transB);
    if (inner !== innerB) {
      fail("E_TENSOR_SHAPE", {
        what: `matmul: ${formatShape(a.shape)}${transA ? "ᵀ" : ""} @ ${formatShape(b.shape)}${transB ? "ᵀ" : ""}; inner sizes ${inner} and ${innerB} differ.`,
      });
    }
    const batch = broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2));
    return [{ dtype: a.dtype, shape: [...batch, rows, columns] }];
  },
  emit: (emitter, names, node) => {
    const { transA, transB, alpha } = node.attributes;
    if (!transA && !transB && alpha === 1) return emitter.node("MatMul", names);
    const attributes = { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } };
    return emitter.node("FusedMatMul", names, attributes, { domain: "com.microsoft" });
  },
  reference: (inputs, node, shapes) => {
    const { transA, transB, alpha } = node.attributes;
    const shape = shapes[0] as readonly number[];
    const [rows, columns] = shape.slice(-2) as [number, number];
    const a = matrices(dense(inputs, 0), shape, transA);
    const b = matrices(dense(inputs, 1), shape, transB);
    const data = new Float64Array(sizeOfStatic(shape));
    forEachIndex(shape.slice(0, -2), (flat, at) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          let sum = 0;
          for (let k = 0; k < a.columns; k++) sum += a.at(at, i, k) * b.at(at, k, j);
          data[(flat * rows + i) * columns + j] = alpha * sum;
        }
      }
    });
    return [{ shape, data }];
  },
  // y = alpha A B  =>  dA = alpha g Bᵀ, dB = alpha Aᵀ g; each written in the layout its input has.
  vjp: (t, { inputs, grads, wanted, attributes }) => {
    const { transA, transB, alpha } = attributes;
    const [a, b] = [only(inputs, 0), only(inputs, 1)];
    const g = grads[0] as Tensor;
    const gradA = (): Tensor =>
      transA ? t.matmul(b, g, { transA: transB, transB: true, alpha }) : t.matmul(g, b, { transB: !transB, alpha });
    return [
      wanted[0] ? t.sumTo(gradA(), a.shape) : undefined,
      wanted[1] ? weightGradient(t, a, b, g, { transA, transB, alpha }) : undefined,
    ];
  },
  cases: [
    { inputs: [{ shape: [2, 3] }, { shape: [3, 4] }], attributes: { transA: false, transB: false, alpha: 1 } },
    { inputs: [{ shape: [2, 2, 3] }, { shape: [4, 3] }], attributes: { transA: false, transB: true, alpha: 0.5 } },
    { inputs: [{ shape: [2, 1, 3, 2] }, { shape: [3, 3, 4] }], attributes: { transA: true, transB: false, alpha: 2 } },
    { inputs: [{ shape: [3, 2] }, { shape: [4, 3] }], attributes: { transA: true, transB: true, alpha: 1 } },
  ],
};

/** dB. A matrix b under a batched a gets one product over all rows instead of a batch that is then summed. */
function weightGradient(
  t: Parameters<Exclude<NonNullable<OpRule["vjp"]>, "none">>[0],
  a: Tensor,
  b: Tensor,
  g: Tensor,
  { transA, transB, alpha }: MatmulAttributes,
): Tensor {
  if (b.shape.length === 2 && a.shape.length > 2 && !transA) {
    const rowsOf = (tensor: Tensor): Tensor => t.flattenRows(tensor);
    return transB
      ? t.matmul(rowsOf(g), rowsOf(a), { transA: true, alpha })
      : t.matmul(rowsOf(a), rowsOf(g), { transA: true, alpha });
  }
  const grad = transB
    ? t.matmul(g, a, { transA: true, transB: transA, alpha })
    : t.matmul(a, g, { transA: !transA, alpha });
  return t.sumTo(grad, b.shape);
}

function matrices(array: DenseArray, outputShape: readonly number[], transposed: boolean) {
  const [rows, columns] = array.shape.slice(-2) as [number, number];
  const strides = broadcastStrides(array.shape.slice(0, -2), outputShape.slice(0, -2));
  return {
    columns: transposed ? rows : columns,
    at: (batch: readonly number[], i: number, j: number): number => {
      const [row, column] = transposed ? [j, i] : [i, j];
      return array.data[dot(batch, strides) * rows * columns + row * columns + column] as number;
    },
  };
}
