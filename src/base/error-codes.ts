/**
 * The one table of error codes. `summary` says when it is thrown, `fix` is the advice printed when the
 * thrower has none sharper. Grouped by the folder that throws; sorted by name inside a group.
 */
export const errorCodes = {
  // tensor
  E_TENSOR_DTYPE: { summary: "an operator was given a value of the wrong type", fix: "Cast the value first." },
  E_TENSOR_NO_GRADIENT: {
    summary: "a gradient was asked through an operator that has no rule for it",
    fix: "Stop the gradient before this operator, or add a vjp to its file in src/tensor/ops/.",
  },
  E_TENSOR_SHAPE: { summary: "shapes of an operator's inputs do not fit", fix: "Check the shapes named above." },
} as const satisfies Record<string, { readonly summary: string; readonly fix: string }>;

export type ErrorCode = keyof typeof errorCodes;
