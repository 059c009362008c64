/**
 * LoRA (Hu et al. 2021): y = W x + s B A dropout(x), A [rank, in], B [out, rank], s = alpha / rank, or
 * alpha / sqrt(rank) with rsLoRA (Kalajdzievski 2023). Starting values as PEFT's: A uniform, B zero, so that
 * training starts at the base model. DoRA (Liu et al. 2024, arXiv 2402.09353, section 4) gives each row of W + s B A a
 * length m of its own: y = m / |W + s B A| (W + s B A) x, where the length of the row has no gradient (section 4.3).
 *
 * Left out: adapters on embeddings.
 */
import { fail, placed } from "../../base/errors.ts";
import { randomAt } from "../../base/random.ts";
import {
  add,
  div,
  matmul,
  mul,
  reduceSumSquare,
  sqrt,
  stopGradient,
  sub,
  unsqueeze,
  type Tensor,
} from "../../tensor/index.ts";
import { showValue } from "../config-reader.ts";
import { eachOnce, type Leaf } from "../access.ts";
import { describe } from "../describe.ts";
import type { Model } from "../model.ts";
import type { Interceptor, LinearModule, ParameterSpec } from "../scope.ts";
import { keepOf } from "./dropout.ts";
import { adapterConfigJson, readAdapterConfig } from "./lora-config.ts";
import { toPeftName } from "./peft-files.ts";
import { withSavedModules } from "./saved-modules.ts";
import { byPattern, selectTargets, type TargetModules } from "./targets.ts";
import type { AdapterTuning, InterceptOptions, ReadTensor, TensorValues, Tuner } from "./tuner.ts";

export interface LoraOptions {
  readonly rank: number;
  readonly alpha: number;
  /** Share of inputs that are zeroed in training; 0 unless given. */
  readonly dropout?: number;
  readonly targetModules: TargetModules;
  readonly excludeModules?: TargetModules;
  /** Scale by alpha / sqrt(rank). */
  readonly rslora?: boolean;
  /** Lengths of rows are trained apart from their directions. */
  readonly dora?: boolean;
  /** B has a bias. */
  readonly bias?: boolean;
  /** Modules of the base that are trained as a whole. */
  readonly modulesToSave?: readonly string[];
  /** Ranks and alphas of modules whose path ends with a match of the key. */
  readonly rankPattern?: Readonly<Record<string, number>>;
  readonly alphaPattern?: Readonly<Record<string, number>>;
  /** How A starts: PEFT's default (uniform within 1/sqrt(in)) or normal with deviation 1/rank. */
  readonly init?: "default" | "gaussian";
}

export interface LoraModule {
  readonly linear: LinearModule;
  readonly rank: number;
  readonly alpha: number;
  readonly scale: number;
  /** [rank, in] */
  readonly a: ParameterSpec;
  /** [out, rank] */
  readonly b: ParameterSpec;
  /** Of B, [out]; where the options ask for it. */
  readonly bias?: ParameterSpec;
  /** Lengths of rows, [out]; with DoRA. */
  readonly magnitude?: ParameterSpec;
}

/** Options resolved on one model. */
export interface Lora {
  readonly options: LoraOptions;
  readonly modules: readonly LoraModule[];
  /** A and B of every module: what is trained. */
  readonly specs: readonly ParameterSpec[];
}

/** Throws E_ADAPTER_CONFIG for numbers out of range, E_ADAPTER_TARGET when target modules are not there. */
export function createLora(model: Model, options: LoraOptions): Lora {
  checkOptions(options);
  const targets = selectTargets(describe(model).modules, options.targetModules, options.excludeModules);
  const rankOf = byPattern(options.rankPattern ?? {});
  const alphaOf = byPattern(options.alphaPattern ?? {});
  const modules = targets.map((linear): LoraModule => {
    const rank = rankOf(linear.path) ?? options.rank;
    const alpha = alphaOf(linear.path) ?? options.alpha;
    return {
      linear,
      rank,
      alpha,
      scale: alpha / (options.rslora === true ? Math.sqrt(rank) : rank),
      a: { name: `${linear.path}.lora_A.weight`, shape: [rank, linear.inSize] },
      b: { name: `${linear.path}.lora_B.weight`, shape: [linear.outSize, rank] },
      ...(options.bias === true ? { bias: { name: `${linear.path}.lora_B.bias`, shape: [linear.outSize] } } : {}),
      ...(options.dora === true
        ? { magnitude: { name: `${linear.path}.lora_magnitude_vector`, shape: [linear.outSize] } }
        : {}),
    };
  });
  const head = model.head.module;
  if (options.bias === true && head.bias === undefined && targets.some(({ path }) => path === head.path)) {
    fail("E_ADAPTER_TARGET", { what: `lora_bias would give ${head.path} a bias, which the model has no place for.` });
  }
  const specs = modules.flatMap(({ a, b, bias, magnitude }) => [
    a,
    b,
    ...(bias === undefined ? [] : [bias]),
    ...(magnitude === undefined ? [] : [magnitude]),
  ]);
  return { options, modules, specs };
}

const RANK_LIMIT = 65536;

function checkOptions(options: LoraOptions): void {
  const { rank, alpha, dropout = 0, rankPattern = {}, alphaPattern = {}, dora = false, bias = false } = options;
  const bad = (name: string, value: unknown, wanted: string): never =>
    fail("E_ADAPTER_CONFIG", { what: `${name} is ${showValue(value)}, wants ${wanted}.` });
  for (const value of [rank, ...Object.values(rankPattern)]) {
    if (!Number.isSafeInteger(value) || value < 1 || value > RANK_LIMIT) {
      bad("LoRA rank", value, `a whole number from 1 to ${RANK_LIMIT}`);
    }
  }
  for (const value of [alpha, ...Object.values(alphaPattern)]) {
    if (!Number.isFinite(value)) bad("LoRA alpha", value, "a number");
  }
  if (dora && bias) fail("E_ADAPTER_CONFIG", { what: "use_dora and lora_bias exclude each other." });
  if (!(dropout >= 0 && dropout < 1)) bad("LoRA dropout", dropout, "a number from 0 up to, not with, 1");
}

/** Starting values of A and B (and its bias), each tensor by its own address: adding a module changes no other. */
export function initialLora(lora: Lora, seed: number): TensorValues {
  const values = new Map<string, Float32Array>();
  for (const { a, b, bias, linear, rank } of lora.modules) {
    const random = randomAt(seed, "lora", a.name);
    // Kaiming-uniform with a = sqrt(5), the default of torch's linear layers.
    const bound = 1 / Math.sqrt(linear.inSize);
    const draw =
      lora.options.init === "gaussian" ? () => random.normal() / rank : () => (2 * random.uniform() - 1) * bound;
    values.set(a.name, Float32Array.from({ length: rank * linear.inSize }, draw));
    values.set(b.name, new Float32Array(linear.outSize * rank));
    if (bias !== undefined) values.set(bias.name, new Float32Array(linear.outSize));
  }
  return values;
}

/** DoRA starts at the lengths of the rows of W. */
async function rowLengths({ weight, inSize, outSize, layout }: LinearModule, read: ReadTensor): Promise<Float32Array> {
  const values = await read(weight);
  return Float32Array.from({ length: outSize }, (_, row) => {
    let sum = 0;
    for (let column = 0; column < inSize; column++) {
      sum += (values[layout === "out,in" ? row * inSize + column : column * outSize + row] as number) ** 2;
    }
    return Math.sqrt(sum);
  });
}

/** Puts the adapter on its linear modules; `leaf` makes the trained tensors. */
export function loraInterceptor(lora: Lora, leaf: Leaf, { dropoutRows }: InterceptOptions = {}): Interceptor {
  const modules = new Map(lora.modules.map((module) => [module.linear.path, module]));
  const biased = new Map(lora.modules.flatMap((module) => (module.bias ? [[module.linear.bias, module]] : [])));
  const get = eachOnce(leaf);
  const rate = dropoutRows === undefined ? 0 : (lora.options.dropout ?? 0);
  const keep = dropoutRows === undefined || rate === 0 ? undefined : keepOf(rate, dropoutRows);
  const product = ({ a, b, scale }: LoraModule): Tensor => matmul(get(b), get(a), { alpha: scale }); // [out, in]
  return (inner) => {
    /** How much longer each row becomes, [out]. */
    const stretch = (module: LoraModule, magnitude: ParameterSpec): Tensor => {
      const whole = add(inner.matrix(module.linear), product(module));
      return div(get(magnitude), stopGradient(sqrt(reduceSumSquare(whole, [1], { keepDims: false }))));
    };
    return {
      ...inner,
      linear: (x, linear) => {
        const y = inner.linear(x, linear);
        const module = modules.get(linear.path);
        if (module === undefined) return y;
        const { a, b, bias, magnitude, scale } = module;
        const kept = keep === undefined ? x : keep(x, linear.path);
        const low = matmul(kept, get(a), { transB: true, alpha: 1 / (1 - rate) }); // [batch, time, rank]
        const change = matmul(low, get(b), { transB: true, alpha: scale });
        if (magnitude === undefined) {
          const changed = add(y, change);
          return bias === undefined ? changed : add(changed, mul(get(bias), scale));
        }
        // As PEFT: with dropout, what the longer rows add is of the dropped input, too.
        const base = matmul(kept, inner.matrix(linear), { transB: true, alpha: 1 / (1 - rate) });
        const longer = stretch(module, magnitude);
        return add(y, add(mul(base, sub(longer, 1)), mul(change, longer)));
      },
      // The head's matrix, whole: dropout is left out here.
      matrix: (linear) => {
        const weight = inner.matrix(linear);
        const module = modules.get(linear.path);
        if (module === undefined) return weight;
        const changed = add(weight, product(module));
        const { magnitude } = module;
        return magnitude === undefined ? changed : mul(changed, unsqueeze(stretch(module, magnitude), [1]));
      },
      weight: (spec) => {
        const module = biased.get(spec.name);
        const value = inner.weight(spec);
        return module?.bias === undefined ? value : add(value, mul(get(module.bias), module.scale));
      },
    };
  };
}

/** LoRA as training and files see it. */
export function loraTuning(model: Model, options: LoraOptions): AdapterTuning {
  const lora = createLora(model, options);
  const biasless = options.bias === true && lora.modules.find(({ linear }) => linear.bias === undefined);
  return withSavedModules(model, options.modulesToSave ?? [], {
    name: `${options.dora === true ? "dora" : "lora"}, rank ${options.rank}`,
    specs: lora.specs,
    dropout: (options.dropout ?? 0) > 0,
    start: async (seed, read) => {
      const values = new Map(initialLora(lora, seed));
      for (const { linear, magnitude } of lora.modules) {
        if (magnitude !== undefined) values.set(magnitude.name, await rowLengths(linear, read));
      }
      return values;
    },
    intercept: (leaf, given) => loraInterceptor(lora, leaf, given),
    ...(biasless ? { unmergeable: `its biases have no place in ${biasless.linear.path}` } : {}),
    peft: { config: (baseModel) => adapterConfigJson(lora, model, baseModel), storedName: toPeftName },
  });
}

export const loraTuner: Tuner = {
  name: "lora",
  about: "low-rank adapters beside frozen weights",
  fixed: [
    "lora_rank",
    "lora_alpha",
    "use_rslora",
    "use_dora",
    "lora_bias",
    "modules_to_save",
    "target_modules",
    "target_regex",
  ],
  free: ["lora_dropout"],
  learningRate: 1e-4,
  create: (model, settings) =>
    loraTuning(model, {
      rank: settings.lora_rank,
      alpha: settings.lora_alpha,
      dropout: settings.lora_dropout,
      rslora: settings.use_rslora,
      dora: settings.use_dora,
      bias: settings.lora_bias,
      modulesToSave: settings.modules_to_save,
      targetModules: settings.target_regex ?? settings.target_modules,
    }),
  peft: {
    type: "LORA",
    settings: (json) => {
      const { target_modules: targets } = json;
      const isPattern = typeof targets === "string" && targets.toLowerCase() !== "all-linear";
      return {
        lora_rank: json["r"] ?? 8,
        lora_alpha: json["lora_alpha"] ?? 8,
        lora_dropout: json["lora_dropout"] ?? 0,
        use_rslora: json["use_rslora"] ?? false,
        use_dora: json["use_dora"] ?? false,
        lora_bias: json["lora_bias"] ?? false,
        modules_to_save: json["modules_to_save"] ?? [],
        ...(isPattern
          ? { target_regex: targets }
          : { target_modules: typeof targets === "string" ? [targets] : targets }),
      };
    },
    read: (json, where, model) => {
      const options = readAdapterConfig(json, where, model);
      return placed(where, () => loraTuning(model, options));
    },
  },
};
