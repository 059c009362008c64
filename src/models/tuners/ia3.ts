/**
 * (IA)3 (Liu et al. 2022, arXiv 2205.05638, section 3.3): each number that a module gives is multiplied by a trained one;
 * in modules of `feedforward_modules` it is each number that the module takes. All start at one. As PEFT's IA3Model.
 */
import { placed } from "../../base/errors.ts";
import { mul, reshape } from "../../tensor/index.ts";
import { describe } from "../describe.ts";
import type { Model } from "../model.ts";
import type { LinearModule } from "../scope.ts";
import { adapterInterceptor, type AdaptedModule } from "./linear-adapter.ts";
import {
  commonConfig,
  readNames,
  readPeftConfig,
  readTargetModules,
  readTargets,
  writeTargets,
} from "./peft-config.ts";
import { toPeftName } from "./peft-files.ts";
import { withSavedModules } from "./saved-modules.ts";
import { namesOf, selectTargets, targetMatcher, type TargetModules } from "./targets.ts";
import type { AdapterTuning, Tuner } from "./tuner.ts";

interface Ia3Options {
  readonly targetModules: TargetModules;
  /** Those of them whose input is scaled. */
  readonly feedforwardModules: TargetModules;
  readonly modulesToSave: readonly string[];
}

function adapt(linear: LinearModule, feedforward: boolean): AdaptedModule {
  const spec = {
    name: `${linear.path}.ia3_l`,
    shape: feedforward ? [1, linear.inSize] : [linear.outSize, 1],
  };
  const size = feedforward ? linear.inSize : linear.outSize;
  return {
    linear,
    specs: [spec],
    apply: (x, get, base) => {
      const factors = reshape(get(spec), [size]);
      return feedforward ? base(mul(x, factors)) : mul(base(x), factors);
    },
    matrix: (weight, get) => mul(weight, get(spec)),
    ...(feedforward ? {} : { bias: (bias, get) => mul(bias, reshape(get(spec), [size])) }),
  };
}

function ia3Tuning(model: Model, options: Ia3Options): AdapterTuning {
  const { modules } = describe(model);
  const chosen = selectTargets(modules, options.targetModules);
  const isFeedforward = targetMatcher(options.feedforwardModules, undefined);
  const adapted = chosen.map((linear) => adapt(linear, isFeedforward(linear.path)));
  const specs = adapted.flatMap((module) => module.specs);
  const feedforward = chosen.filter(({ path }) => isFeedforward(path));
  return withSavedModules(model, options.modulesToSave, {
    name: "ia3",
    specs,
    dropout: false,
    start: async () =>
      new Map(
        specs.map(({ name, shape: [rows = 1, columns = 1] }) => [name, new Float32Array(rows * columns).fill(1)]),
      ),
    intercept: (leaf) => adapterInterceptor(adapted, leaf),
    peft: {
      config: (baseModel) => ({
        ...commonConfig("IA3", baseModel),
        exclude_modules: null,
        fan_in_fan_out: chosen.some(({ layout }) => layout === "in,out"),
        feedforward_modules: feedforward.length === 0 ? [] : namesOf(feedforward, modules),
        init_ia3_weights: true,
        target_modules: writeTargets(options.targetModules, chosen, model),
      }),
      storedName: toPeftName,
    },
  });
}

export const ia3Tuner: Tuner = {
  name: "ia3",
  about: "a factor for each output, or input, of linear layers",
  fixed: ["target_modules", "target_regex", "feedforward_modules", "modules_to_save"],
  free: [],
  learningRate: 1e-3,
  create: (model, settings) =>
    ia3Tuning(model, {
      targetModules: settings.target_regex ?? settings.target_modules,
      feedforwardModules: settings.feedforward_modules,
      modulesToSave: settings.modules_to_save,
    }),
  peft: {
    type: "IA3",
    settings: (json) => ({
      ...(typeof json["target_modules"] === "string"
        ? { target_regex: json["target_modules"] }
        : { target_modules: json["target_modules"] }),
      feedforward_modules: json["feedforward_modules"] ?? [],
      modules_to_save: json["modules_to_save"] ?? [],
    }),
    read: (json, where, model) => {
      const neutral = { exclude_modules: [], init_ia3_weights: [true, false], peft_type: ["IA3"] };
      const options = readPeftConfig(json, { where, neutral }, (reader) => ({
        targetModules: readTargetModules(reader, model),
        feedforwardModules: readTargets(reader, "feedforward_modules") ?? [],
        modulesToSave: readNames(reader, "modules_to_save"),
      }));
      return placed(where, () => ia3Tuning(model, options));
    },
  },
};
