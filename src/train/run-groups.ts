/** Which tensor of a run is updated how, from its arguments. */
import { fail } from "../base/errors.ts";
import { describe } from "../models/describe.ts";
import type { Model } from "../models/model.ts";
import { byTurns, drawLayers, loraPlus, optimizers, scaleRates, type Groups } from "../optim/index.ts";
import type { TrainingArgs } from "../recipes/sft.ts";
import type { TrainableSpec } from "./regions.ts";

/** @throws E_TRAIN_PREFLIGHT when lorap_lr_ratio or a pattern of module_lr names no trained tensor */
export function groupsOfRun(args: TrainingArgs, model: Model, specs: readonly TrainableSpec[]): Groups {
  const groups = optimizers[args.optim].groups(args.optim_args, {
    beta1: args.adam_beta1,
    beta2: args.adam_beta2,
    epsilon: args.adam_epsilon,
    weightDecay: args.weight_decay,
    seed: args.seed,
    layers: model.facts.layers,
    headDim: describe(model).caches[0]?.headDim ?? 1,
  });
  if (args.lorap_lr_ratio !== undefined && !specs.some(({ name }) => /lora_b/i.test(name))) {
    fail("E_TRAIN_PREFLIGHT", {
      where: "--lorap-lr-ratio",
      what: `it is a rate of the matrices B of adapters, and tuner_type ${args.tuner_type} has none.`,
      fix: "Leave it out, or train with tuner_type lora.",
    });
  }
  const withAdapters = args.lorap_lr_ratio === undefined ? groups : loraPlus(groups, args.lorap_lr_ratio);
  const byLayers = args.lisa_activated_layers === 0 ? withAdapters : lisa(args, model, withAdapters);
  const own = Object.entries(args.module_lr).map(([pattern, rate]) => ({ pattern, regex: new RegExp(pattern), rate }));
  const idle = own.find(({ regex }) => !specs.some(({ name }) => regex.test(name)));
  if (idle !== undefined) {
    fail("E_TRAIN_PREFLIGHT", {
      where: "--module-lr",
      what: `${JSON.stringify(idle.pattern)} matches none of the ${specs.length} tensors that are trained, for example ${specs[0]?.name}.`,
      fix: "Write a regular expression over names of tensors, or leave it out.",
    });
  }
  if (own.length === 0) return byLayers;
  return scaleRates(byLayers, ({ name }) => {
    const found = own.find(({ regex }) => regex.test(name));
    return found === undefined ? 1 : found.rate / args.learning_rate;
  });
}

/** @throws E_TRAIN_PREFLIGHT when the model has fewer layers */
function lisa(args: TrainingArgs, model: Model, groups: Groups): Groups {
  const { layers } = model.facts;
  if (args.lisa_activated_layers > layers) {
    fail("E_TRAIN_PREFLIGHT", {
      where: "--lisa-activated-layers",
      what: `it is ${args.lisa_activated_layers}, and the model has ${layers} layers.`,
      fix: `Give at most ${layers}.`,
    });
  }
  return byTurns(groups, {
    interval: args.lisa_step_interval,
    moving: drawLayers(layers, args.lisa_activated_layers, args.seed),
    keepsSlots: true,
    othersMove: true,
  });
}
