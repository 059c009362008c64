/**
 * VeRA (Kopiczko et al. 2024, arXiv 2310.11454, equation 2): W + diag(b) B diag(d) A, where A and B are random, shared by
 * all modules and never trained; the vectors b and d are. A module takes the first columns of A and the first rows of B.
 * A and B lie in the adapter's file (PEFT's save_projection), since the numbers that PEFT draws are torch's.
 */
import { placed } from "../../base/errors.ts";
import { randomAt } from "../../base/random.ts";
import { add, matmul, mul, slice, unsqueeze, type Tensor } from "../../tensor/index.ts";
import type { Model } from "../model.ts";
import type { LinearModule, ParameterSpec } from "../scope.ts";
import { createDropout } from "./dropout.ts";
import { adapterInterceptor, plainLinears, type AdaptedModule, type Get } from "./linear-adapter.ts";
import { commonConfig, readNames, readPeftConfig, readTargetModules, writeTargets } from "./peft-config.ts";
import { toPeftName } from "./peft-files.ts";
import { withSavedModules } from "./saved-modules.ts";
import type { TargetModules } from "./targets.ts";
import type { AdapterTuning, InterceptOptions, Tuner } from "./tuner.ts";

interface VeraOptions {
  readonly rank: number;
  readonly dropout: number;
  readonly targetModules: TargetModules;
  readonly modulesToSave: readonly string[];
}

/** How d starts, as PEFT's d_initial. */
const D_INITIAL = 0.1;

interface Shared {
  /** [rank, largest in] */
  readonly a: ParameterSpec;
  /** [largest out, rank] */
  readonly b: ParameterSpec;
}

function adapt(
  linear: LinearModule,
  { rank, dropout }: VeraOptions,
  { a, b }: Shared,
  { dropoutRows }: InterceptOptions = {},
): AdaptedModule {
  const [forB, forD] = [
    { name: `${linear.path}.vera_lambda_b`, shape: [linear.outSize] },
    { name: `${linear.path}.vera_lambda_d`, shape: [rank] },
  ];
  const left = (get: Get): Tensor => mul(slice(get(b), 0, 0, linear.outSize), unsqueeze(get(forB), [1])); // [out, rank]
  const right = (get: Get): Tensor => mul(slice(get(a), 1, 0, linear.inSize), unsqueeze(get(forD), [1])); // [rank, in]
  const drop = createDropout(dropout, dropoutRows);
  return {
    linear,
    specs: [forB, forD],
    apply: (x, get, base) => {
      const low = matmul(drop(x, linear.path), right(get), { transB: true }); // [batch, time, rank]
      return add(base(x), matmul(low, left(get), { transB: true }));
    },
    matrix: (weight, get) => add(weight, matmul(left(get), right(get))),
  };
}

function veraTuning(model: Model, options: VeraOptions): AdapterTuning {
  const { rank } = options;
  const chosen = plainLinears(model, options.targetModules, "VeRA");
  const shared: Shared = {
    a: { name: "vera_A", shape: [rank, Math.max(...chosen.map(({ inSize }) => inSize))] },
    b: { name: "vera_B", shape: [Math.max(...chosen.map(({ outSize }) => outSize)), rank] },
  };
  const kept = [shared.a, shared.b];
  const specs = chosen.flatMap((linear) => adapt(linear, options, shared).specs);
  return withSavedModules(model, options.modulesToSave, {
    name: `vera, rank ${rank}`,
    specs,
    kept,
    dropout: options.dropout > 0,
    start: async (seed) => {
      const values = new Map<string, Float32Array>();
      for (const { name, shape } of kept) {
        const random = randomAt(seed, "vera", name);
        const [height = 1, width = 1] = shape;
        // Kaiming-uniform: within sqrt(3) standard deviations of sqrt(2 / in).
        const bound = Math.sqrt(6 / width);
        values.set(
          name,
          Float32Array.from({ length: height * width }, () => (2 * random.uniform() - 1) * bound),
        );
      }
      for (const { name, shape } of specs) {
        values.set(name, new Float32Array(shape[0] as number).fill(name.endsWith("_d") ? D_INITIAL : 0));
      }
      return values;
    },
    intercept: (leaf, given) =>
      adapterInterceptor(
        chosen.map((linear) => adapt(linear, options, shared, given)),
        leaf,
      ),
    peft: {
      config: (baseModel) => ({
        ...commonConfig("VERA", baseModel),
        bias: "none",
        d_initial: D_INITIAL,
        fan_in_fan_out: false,
        init_weights: true,
        layers_pattern: null,
        layers_to_transform: null,
        projection_prng_key: 0,
        r: rank,
        save_projection: true,
        target_modules: writeTargets(options.targetModules, chosen, model),
        vera_dropout: options.dropout,
      }),
      storedName: (name) =>
        name === shared.a.name || name === shared.b.name ? `base_model.${name}` : toPeftName(name),
    },
  });
}

export const veraTuner: Tuner = {
  name: "vera",
  about: "vectors around low-rank matrices that are random and shared",
  fixed: ["vera_rank", "target_modules", "target_regex", "modules_to_save"],
  free: ["vera_dropout"],
  learningRate: 1e-3,
  create: (model, settings) =>
    veraTuning(model, {
      rank: settings.vera_rank,
      dropout: settings.vera_dropout,
      targetModules: settings.target_regex ?? settings.target_modules,
      modulesToSave: settings.modules_to_save,
    }),
  peft: {
    type: "VERA",
    settings: (json) => ({
      vera_rank: json["r"] ?? 256,
      vera_dropout: json["vera_dropout"] ?? 0,
      ...(typeof json["target_modules"] === "string"
        ? { target_regex: json["target_modules"] }
        : { target_modules: json["target_modules"] }),
      modules_to_save: json["modules_to_save"] ?? [],
    }),
    read: (json, where, model) => {
      const neutral = {
        exclude_modules: [],
        init_weights: [true, false],
        peft_type: ["VERA"],
        // Without it A and B would have to be drawn as torch draws them.
        save_projection: [true],
      };
      const options = readPeftConfig(json, { where, neutral }, (reader) => {
        reader.take("d_initial");
        reader.take("projection_prng_key");
        return {
          rank: reader.integer("r", { fallback: 256 }),
          dropout: reader.number("vera_dropout", { fallback: 0, max: 1 }),
          targetModules: readTargetModules(reader, model),
          modulesToSave: readNames(reader, "modules_to_save"),
        };
      });
      return placed(where, () => veraTuning(model, options));
    },
  },
};
