/**
 * The loss of a model as a graph of a micro-batch: which tensors are trained decides the tuner, what is lowered the
 * objective, which tokens the batch. One function serves them all.
 */
import { fail } from "../base/errors.ts";
import { createAccess, frozenLeaf, type Leaf } from "../models/access.ts";
import { routerLoss } from "../models/layers/router-loss.ts";
import { finalHidden, type Model, type RouterFacts } from "../models/model.ts";
import { causalPass } from "../models/pass.ts";
import type { Interceptor } from "../models/scope.ts";
import type { Tuning } from "../models/tuners/tuner.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { neftune, refuseWithoutEmbeddings } from "./neftune.ts";
import { batchLeaf, type Loss, type Objective } from "./objective.ts";
import type { LossGraph } from "./train-step.ts";

export interface LossGraphOptions {
  readonly model: Model;
  readonly tuning: Pick<Tuning, "dropout" | "intercept">;
  readonly objective: Objective;
  /** Rows hold several samples that must not see each other. */
  readonly packed: boolean;
  /** Alpha of noise on embeddings, in training alone. */
  readonly neftune?: number;
  /** Weight of the load-balancing loss of a mixture of experts, in training alone. */
  readonly routerLoss?: number;
}

/** Whether graphs take the input that says what is padding. */
export function takesSegments({ packed, routerLoss = 0 }: Pick<LossGraphOptions, "packed" | "routerLoss">): boolean {
  return packed || routerLoss > 0;
}

/** Whether training takes a random number for each token. */
export function takesRandomRows({ tuning, neftune = 0 }: Pick<LossGraphOptions, "tuning" | "neftune">): boolean {
  return tuning.dropout || neftune > 0;
}

/** The two graphs of a run: dropout and noise are in training alone. */
export function lossGraphs(options: LossGraphOptions): {
  readonly training: LossGraph;
  readonly evaluation: LossGraph;
} {
  const { model, tuning, objective, neftune: alpha = 0, routerLoss: balance = 0 } = options;
  const router = balance > 0 ? routerOf(model) : undefined;
  if (alpha > 0) refuseWithoutEmbeddings(model);
  const graph =
    (loss: Loss, random: boolean, balanced: boolean): LossGraph =>
    (trainable) => {
      const inputs = { inputIds: batchLeaf("input_ids"), positions: batchLeaf("positions") };
      const leaf: Leaf = (spec) => trainable.get(spec.name) ?? frozenLeaf(spec);
      const segments = takesSegments(options) ? batchLeaf("segments") : undefined;
      const pass = causalPass({ ...inputs, segments });
      const rows = random ? batchLeaf("dropout_rows") : undefined;
      const intercept = tuning.intercept(leaf, { dropoutRows: rows });
      const noisy: Interceptor = rows !== undefined && alpha > 0 ? neftune(alpha, rows) : (access) => access;
      const plain = intercept(noisy(createAccess(leaf, pass)));
      if (router === undefined || !balanced || segments === undefined) {
        return loss({ model, access: plain, hidden: finalHidden(model, plain, inputs) });
      }
      const routers = routerLoss(router);
      const access = routers.intercept(plain);
      const hidden = finalHidden(model, access, inputs);
      const real = t.cast(t.greater(segments, 0), "float32");
      const terms = loss({ model, access, hidden });
      return { ...terms, loss: t.add(terms.loss, t.mul(routers.loss(real), t.mul(shareOfStep(), balance))) };
    };
  return {
    training: graph(objective.training, takesRandomRows(options), true),
    evaluation: graph(objective.evaluation, false, false),
  };
}

/** How much of an optimizer step's trained tokens, by weight, a batch holds: 1 when it is the whole step. */
function shareOfStep(): Tensor {
  return t.mul(t.sumAll(batchLeaf("loss_weights")), batchLeaf("loss_scale"));
}

function routerOf({ router, facts }: Model): RouterFacts {
  return (
    router ??
    fail("E_TRAIN_PREFLIGHT", {
      where: "--router-aux-loss-coef",
      what: `models of the type ${facts.modelType} have no experts to balance.`,
      fix: "Leave it out.",
    })
  );
}
