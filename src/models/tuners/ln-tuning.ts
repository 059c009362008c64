/**
 * Norms alone are trained (Zhao et al. 2024, arXiv 2312.11420). As PEFT's LNTuningModel: copies of weights and biases of
 * norms, in a file of their own. Which tensors are norms' is read off the model: vectors that belong to no linear module.
 */
import { fail, placed } from "../../base/errors.ts";
import { eachOnce } from "../access.ts";
import { describe } from "../describe.ts";
import type { Model } from "../model.ts";
import type { ParameterSpec } from "../scope.ts";
import { commonConfig, readNames, readPeftConfig, readTargets } from "./peft-config.ts";
import { toPeftName } from "./peft-files.ts";
import { withSavedModules } from "./saved-modules.ts";
import { isAllLinear, lastName, targetMatcher, type TargetModules } from "./targets.ts";
import type { AdapterTuning, Tuner } from "./tuner.ts";

const moduleOf = (name: string): string => name.slice(0, name.lastIndexOf("."));

const copyOf = ({ name, shape }: ParameterSpec): ParameterSpec => ({
  name: `${moduleOf(name)}.ln_tuning_layers.${lastName(name)}`,
  shape,
});

function lnTuning(model: Model, targets: TargetModules, modulesToSave: readonly string[]): AdapterTuning {
  const { specs, modules } = describe(model);
  const ofLinears = new Set(modules.flatMap(({ bias, weight }) => [bias, weight]));
  const norms = specs.filter(({ name, shape }) => shape.length === 1 && !ofLinears.has(name));
  // The default of target_modules speaks of linear layers: here it is all norms.
  const all = typeof targets === "string" ? isAllLinear(targets) : targets.some(isAllLinear);
  const matches = all ? () => true : targetMatcher(targets, undefined);
  const chosen = norms.filter(({ name }) => matches(moduleOf(name)));
  if (chosen.length === 0) {
    const names = [...new Set(norms.map(({ name }) => lastName(moduleOf(name))))].join(", ");
    fail("E_ADAPTER_TARGET", { what: `target_modules matches no norm of the model; it has ${names}.` });
  }
  const copies = new Map(chosen.map((spec) => [spec.name, copyOf(spec)]));
  return withSavedModules(model, modulesToSave, {
    name: "ln_tuning",
    specs: [...copies.values()],
    dropout: false,
    start: async (_, read) => {
      const values = new Map<string, Float32Array>();
      for (const [name, copy] of copies) values.set(copy.name, await read(name));
      return values;
    },
    intercept: (leaf) => {
      const get = eachOnce(leaf);
      return (inner) => ({
        ...inner,
        weight: (spec) => {
          const copy = copies.get(spec.name);
          return copy === undefined ? inner.weight(spec) : get(copy);
        },
      });
    },
    peft: {
      config: (baseModel) => ({
        ...commonConfig("LN_TUNING", baseModel),
        exclude_modules: null,
        target_modules: [...new Set(chosen.map(({ name }) => moduleOf(name)))],
      }),
      storedName: toPeftName,
    },
  });
}

export const lnTuner: Tuner = {
  name: "ln_tuning",
  about: "norms alone",
  fixed: ["target_modules", "target_regex", "modules_to_save"],
  free: [],
  learningRate: 1e-3,
  create: (model, settings) =>
    lnTuning(model, settings.target_regex ?? settings.target_modules, settings.modules_to_save),
  peft: {
    type: "LN_TUNING",
    settings: (json) => ({
      ...(typeof json["target_modules"] === "string"
        ? { target_regex: json["target_modules"] }
        : { target_modules: json["target_modules"] }),
      modules_to_save: json["modules_to_save"] ?? [],
    }),
    read: (json, where, model) => {
      const neutral = { exclude_modules: [], peft_type: ["LN_TUNING"] };
      const options = readPeftConfig(json, { where, neutral }, (reader) => ({
        targets: readTargets(reader, "target_modules") ?? [],
        saved: readNames(reader, "modules_to_save"),
      }));
      return placed(where, () => lnTuning(model, options.targets, options.saved));
    },
  },
};
