/** What mixtures of experts have in common in config.json. */
import { withNames, type ConfigReader } from "../config-reader.ts";
import { gatedMlp, type Mlp } from "../layers/mlp.ts";
import { moe, type MoeOptions, type Router } from "../layers/moe.ts";
import type { RouterFacts } from "../model.ts";
import type { Sizes } from "./family.ts";

/** Experts are nodes of the graph; more than the largest published model has would only take memory. */
const EXPERTS_LIMIT = 1024;

export interface ExpertCounts {
  readonly experts: number;
  readonly perToken: number;
}

/** What families and versions of transformers call the number of experts; each reads all of them. */
const expertNames = ["num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts"];

/** Reads both counts; a choice of more experts than there are is reported. */
export function readExpertCounts(
  outer: ConfigReader,
  keys: { readonly experts: string; readonly perToken: string },
  absent: ExpertCounts,
): ExpertCounts {
  const reader = withNames(outer, { [keys.experts]: expertNames.filter((name) => name !== keys.experts) });
  const experts = reader.integer(keys.experts, { fallback: absent.experts, max: EXPERTS_LIMIT });
  const perToken = reader.integer(keys.perToken, { fallback: absent.perToken });
  if (perToken > experts) {
    reader.report({ key: keys.perToken, kind: "value", message: `is ${perToken}, there are ${experts} experts` });
  }
  return { experts, perToken: Math.min(perToken, experts) };
}

/** The load-balancing loss: with `output_router_logits`, transformers adds it in training. */
export function readRouterFacts(reader: ConfigReader, counts: ExpertCounts, absent = 0.001): RouterFacts {
  const coefficient = reader.number("router_aux_loss_coef", { fallback: absent });
  return { ...counts, coefficient: reader.boolean("output_router_logits", false) ? coefficient : 0 };
}

/** Layers that are dense by `mlp_only_layers` and `decoder_sparse_step` (Qwen). */
export function readQwenDense(reader: ConfigReader, counts: ExpertCounts): (layer: number) => boolean {
  const step = reader.integer("decoder_sparse_step", { fallback: 1 });
  const only = reader.ids("mlp_only_layers", []);
  return (layer) => only.includes(layer) || counts.experts === 0 || (layer + 1) % step !== 0;
}

/** Experts with a gate each, and one shared expert of their kind of another size. */
export function gatedExperts(
  { activation }: Pick<Sizes, "activation">,
  options: {
    readonly router: Router;
    readonly size: number;
    readonly shared?: { readonly size: number; readonly name: string; readonly gate?: string } | undefined;
    readonly names?: { readonly gate: string; readonly up: string; readonly down: string };
  },
): Mlp {
  const { router, size, shared, names } = options;
  const named = names === undefined ? {} : { names };
  const extra: MoeOptions["shared"] =
    shared === undefined
      ? undefined
      : { ...shared, mlp: gatedMlp({ intermediateSize: shared.size, activation, ...named }) };
  return moe({ router, expert: gatedMlp({ intermediateSize: size, activation, ...named }), shared: extra });
}
