/**
 * Tensors of the model itself are trained: all, or those that are not frozen by name, by pattern or by share. Words and
 * order as ms-swift's: first the share and the names are frozen, then `trainable_parameters` are taken up again. The
 * share counts numbers in the order of the forward pass.
 */
import { fail } from "../../base/errors.ts";
import { describe } from "../describe.ts";
import type { Model } from "../model.ts";
import type { ParameterSpec } from "../scope.ts";
import { patternTest } from "./targets.ts";
import type { SettingName, Tuner, TunerSettings, Tuning } from "./tuner.ts";

const settingNames = [
  "freeze_parameters",
  "freeze_parameters_regex",
  "freeze_parameters_ratio",
  "trainable_parameters",
  "trainable_parameters_regex",
] as const satisfies readonly SettingName[];

/** All tensors but those that are stored and never trained. */
function trainable(model: Model): readonly ParameterSpec[] {
  return describe(model).specs.filter(({ fixed }) => fixed !== true);
}

function chosenSpecs(model: Model, settings: TunerSettings): readonly ParameterSpec[] {
  const specs = trainable(model);
  const sizes = specs.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  let left = Math.trunc(sizes.reduce((a, b) => a + b, 0) * settings.freeze_parameters_ratio);
  const byShare = new Set<string>();
  for (const [i, { name }] of specs.entries()) {
    left -= sizes[i] as number;
    if (left < 0) break;
    byShare.add(name);
  }
  const matcher = (key: "freeze" | "trainable"): ((name: string) => boolean) => {
    const starts = settings[`${key}_parameters`];
    const pattern = settings[`${key}_parameters_regex`];
    const test = pattern === undefined ? () => false : patternTest(pattern);
    const unused = starts.find((start) => !specs.some(({ name }) => name.startsWith(start)));
    if (unused !== undefined || (pattern !== undefined && !specs.some(({ name }) => test(name)))) {
      fail("E_ADAPTER_TARGET", {
        what: `${key}_parameters ${JSON.stringify(unused ?? pattern)} matches no tensor of the model, whose names are like ${specs[0]?.name} and ${specs.at(-1)?.name}.`,
        fix: "Names are matched from their beginning; patterns anywhere.",
      });
    }
    return (name) => starts.some((start) => name.startsWith(start)) || test(name);
  };
  const [frozen, taken] = [matcher("freeze"), matcher("trainable")];
  const chosen = specs.filter(({ name }) => taken(name) || !(byShare.has(name) || frozen(name)));
  if (chosen.length === 0) fail("E_ADAPTER_TARGET", { what: "nothing is left to train: every tensor is frozen." });
  return chosen;
}

function ownTensors(name: string, specs: readonly ParameterSpec[]): Tuning {
  return {
    name,
    specs,
    dropout: false,
    start: async (_, read) => {
      const values = new Map<string, Float32Array>();
      for (const spec of specs) values.set(spec.name, await read(spec.name));
      return values;
    },
    intercept: () => (access) => access,
  };
}

export const fullTuner: Tuner = {
  name: "full",
  about: "all weights of the model",
  fixed: [],
  free: [],
  learningRate: 1e-5,
  create: (model) => ownTensors("full", trainable(model)),
};

export const freezeTuner: Tuner = {
  name: "freeze",
  about: "weights of the model that are not frozen",
  fixed: settingNames,
  free: [],
  learningRate: 1e-5,
  create: (model, settings) => {
    const specs = chosenSpecs(model, settings);
    if (specs.length === trainable(model).length) {
      fail("E_ADAPTER_TARGET", {
        what: "tuner_type freeze freezes nothing.",
        fix: "Give --freeze-parameters-ratio, --freeze-parameters or --freeze-parameters-regex; or --tuner-type full.",
      });
    }
    return ownTensors("freeze", specs);
  },
};
