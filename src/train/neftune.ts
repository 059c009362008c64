/**
 * NEFTune (Jain et al. 2023, arXiv 2310.05914, algorithm 1): uniform noise on the embeddings of tokens in training, of
 * the size alpha / sqrt(time * width), as transformers' neftune_post_forward_hook. The noise is a function of a number
 * for each token, as dropout is (models/tuners/dropout.ts). `time` counts padding, as there.
 */
import { hashAddress } from "../base/random.ts";
import { fail } from "../base/errors.ts";
import { describe } from "../models/describe.ts";
import { EMBEDDED, type Model } from "../models/model.ts";
import type { Interceptor } from "../models/scope.ts";
import * as t from "../tensor/functions.ts";
import type { Dim } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/graph.ts";

/** rows int32 [batch, time], a random odd number for each token. */
export function neftune(alpha: number, rows: Tensor): Interceptor {
  return (inner) => ({
    ...inner,
    tap: (path, x) => {
      const value = inner.tap(path, x);
      return path.endsWith(`.${EMBEDDED}`) ? t.add(value, noiseLike(value, alpha, rows)) : value;
    },
  });
}

/** @throws E_TRAIN_PREFLIGHT when the model does not say where its embeddings are */
export function refuseWithoutEmbeddings(model: Model): void {
  if (describe(model).taps.some((path) => path.endsWith(`.${EMBEDDED}`))) return;
  fail("E_TRAIN_PREFLIGHT", {
    where: "--neftune-noise-alpha",
    what: `models of the type ${model.facts.modelType} do not say where their embeddings are.`,
    fix: "Leave it out.",
  });
}

function noiseLike(x: Tensor, alpha: number, rows: Tensor): Tensor {
  const width = x.shape.at(-1) as number;
  const odd = Int32Array.from({ length: width }, (_, i) => hashAddress(["neftune-column", i]) | 1);
  // The product of two odd random numbers, wrapped to 32 bits, is uniform.
  const drawn = t.cast(t.mul(t.unsqueeze(rows, [2]), t.constant(odd, "int32", [width])), "float32");
  const size = t.div(alpha, t.sqrt(t.mul(t.dimension(x.shape[1] as Dim), width)));
  return t.mul(t.mul(drawn, 2 ** -31), size);
}
