/**
 * Mixtures of experts (Shazeer et al. 2017; Fedus et al. 2022): a router scores all experts for each token, the best
 * few are chosen, and their outputs are added by weight. Shared experts see every token (Dai et al. 2024).
 *
 * Every expert is computed on every token, and what was not chosen gets weight 0: right for any batch and any device,
 * at experts / chosen times the multiplications of a model that gathers each expert's tokens first.
 *
 * The router's logits are a tap, `router_logits`: the load-balancing loss reads them there (router-loss.ts).
 */
import {
  add,
  expand,
  gatherElements,
  greater,
  mul,
  reduceMax,
  reduceSum,
  div,
  reshape,
  scalar,
  scatterElementsAdd,
  sigmoid,
  slice,
  softmax,
  squeeze,
  stopGradient,
  topK,
  unsqueeze,
  where,
  type Dim,
  type Tensor,
} from "../../tensor/index.ts";
import type { Scope } from "../scope.ts";
import type { Mlp } from "./mlp.ts";

export interface Router {
  readonly experts: number;
  /** How many are chosen for a token. */
  readonly perToken: number;
  /** Scores are a distribution over experts, or each a chance of its own (DeepSeek-V3). */
  readonly score: "softmax" | "sigmoid";
  /** The weights of the chosen sum up to one. */
  readonly normalize: boolean;
  /** Multiplies weights. */
  readonly factor?: number | undefined;
  /** Where its matrix lies; default "gate". */
  readonly name?: string;
  readonly bias?: boolean;
  /** A stored number for each expert, added for the choice alone (Wang et al. 2024): its name and shape. */
  readonly correction?: { readonly name: string; readonly shape: readonly number[] } | undefined;
  /** Experts are chosen out of the best groups alone; a group is as good as its best, or its best two, experts. */
  readonly groups?: { readonly count: number; readonly chosen: number; readonly by: "best" | "bestTwo" } | undefined;
}

/** x [batch, time, hidden] -> weights [batch, time, experts], 0 where an expert is not chosen. */
export type Routing = (scope: Scope, x: Tensor) => Tensor;

export function routing(router: Router): Routing {
  const { experts, perToken, score, normalize, factor, name = "gate", bias = false, correction } = router;
  return (scope, x) => {
    const logits = scope.tap("router_logits", scope.linear(x, name, experts, { bias }));
    const scores = score === "softmax" ? softmax(logits) : sigmoid(logits);
    const corrected =
      correction === undefined
        ? scores
        : add(scores, reshape(scope.weight(correction.name, correction.shape, { fixed: true }), [experts]));
    const [, chosen] = topK(inBestGroups(stopGradient(corrected), router), perToken);
    const weights = gatherElements(scores, chosen, 2); // [batch, time, perToken]
    const shared = normalize ? div(weights, reduceSum(weights, [2])) : weights;
    return scatter(factor === undefined || factor === 1 ? shared : mul(shared, factor), chosen, experts);
  };
}

function scatter(values: Tensor, indices: Tensor, size: number): Tensor {
  const [batch, time] = values.shape as [Dim, Dim];
  return scatterElementsAdd(expand(scalar(0), [batch, time, size]), indices, values, 2);
}

/** Scores of experts outside the best groups become lower than any score. */
function inBestGroups(scores: Tensor, { experts, groups }: Router): Tensor {
  if (groups === undefined || groups.chosen >= groups.count) return scores;
  const [batch, time] = scores.shape as [Dim, Dim];
  const size = experts / groups.count;
  const grouped = reshape(scores, [batch, time, groups.count, size]);
  const worth =
    groups.by === "best"
      ? reduceMax(grouped, [3], { keepDims: false })
      : reduceSum(topK(grouped, 2)[0], [3], { keepDims: false });
  const [, best] = topK(worth, groups.chosen); // [batch, time, chosen]
  const among = greater(scatter(expand(scalar(1), [batch, time, groups.chosen]), best, groups.count), 0);
  return reshape(where(unsqueeze(among, [3]), grouped, -1e30), scores.shape);
}

export interface MoeOptions {
  readonly router: Router;
  /** One expert; `scope` is its own. */
  readonly expert: Mlp;
  /** Experts that see every token; with a gate, by sigmoid of one number for each token (Qwen2-MoE). */
  readonly shared?: { readonly name: string; readonly mlp: Mlp; readonly gate?: string } | undefined;
}

/** Experts whose tensors are stored one by one, as `experts.0`, `experts.1` and so on. */
export function moe({ router, expert, shared }: MoeOptions): Mlp {
  const route = routing(router);
  return (scope, x) => {
    const weights = route(scope, x);
    const parts = Array.from({ length: router.experts }, (_, i) =>
      mul(expert(scope.at(`experts.${i}`), x), slice(weights, 2, i, i + 1)),
    );
    if (shared !== undefined) parts.push(sharedExpert(scope, x, shared));
    return parts.reduce((sum, part) => add(sum, part));
  };
}

function sharedExpert(scope: Scope, x: Tensor, { name, mlp, gate }: NonNullable<MoeOptions["shared"]>): Tensor {
  const y = mlp(scope.at(name), x);
  return gate === undefined ? y : mul(y, sigmoid(scope.linear(x, gate, 1)));
}

/** The sum over experts of outputs [experts, tokens, width] by weights [batch, time, experts] -> [batch, time, width] */
export function weighExperts(outputs: Tensor, weights: Tensor): Tensor {
  const [batch, time, experts] = weights.shape as [Dim, Dim, number];
  const parts = Array.from({ length: experts }, (_, i) => {
    const [, , width] = outputs.shape as [number, Dim, number];
    return mul(reshape(squeeze(slice(outputs, 0, i, i + 1), [0]), [batch, time, width]), slice(weights, 2, i, i + 1));
  });
  return parts.reduce((sum, part) => add(sum, part));
}
