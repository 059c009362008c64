/**
 * LoHa (Hyeon-Woo et al. 2022, arXiv 2108.06098): W + s (A1 B1) * (A2 B2), an elementwise product of two low-rank
 * matrices. LoKr (Edalati et al. 2022, arXiv 2212.10650): W + s kron(C, D), with D, or both, of low rank where that is
 * smaller. s = alpha / rank. Shapes and starting values as in PEFT's LoHaModel and LoKrModel.
 *
 * Left out: dropout of ranks and modules, ranks by pattern, convolutions.
 */
import { placed } from "../../base/errors.ts";
import { randomAt } from "../../base/random.ts";
import { matmul, mul, reshape, unsqueeze, type Tensor } from "../../tensor/index.ts";
import type { Model } from "../model.ts";
import type { LinearModule, ParameterSpec } from "../scope.ts";
import { adapterInterceptor, addedMatrix, plainLinears, type AdaptedModule, type Get } from "./linear-adapter.ts";
import { commonConfig, readNames, readPeftConfig, readTargetModules, writeTargets } from "./peft-config.ts";
import { toPeftName } from "./peft-files.ts";
import { withSavedModules } from "./saved-modules.ts";
import type { TargetModules } from "./targets.ts";
import type { AdapterTuning, Tuner } from "./tuner.ts";

interface LycorisOptions {
  readonly rank: number;
  readonly alpha: number;
  readonly targetModules: TargetModules;
  readonly modulesToSave: readonly string[];
  /** LoKr: C is of low rank, too, where that is smaller. */
  readonly decomposeBoth: boolean;
  /** LoKr: rows and columns of C; -1 is near the square root. */
  readonly decomposeFactor: number;
}

/** How a tensor starts: zeros, normal with a deviation, or uniform as torch's linear layers. */
type Start = "zeros" | "linear" | number;

interface Part extends ParameterSpec {
  readonly start: Start;
}

/** One kind: the parts of a module and the matrix [out, in] that they make. */
interface Kind {
  readonly name: string;
  readonly about: string;
  readonly type: string;
  readonly module: (
    linear: LinearModule,
    options: LycorisOptions,
  ) => AdaptedModule & { readonly parts: readonly Part[] };
  readonly config: (options: LycorisOptions) => Readonly<Record<string, unknown>>;
}

const part = ({ path }: LinearModule, name: string, shape: readonly number[], start: Start): Part => ({
  name: `${path}.${name}`,
  shape,
  start,
});

const loha: Kind = {
  name: "loha",
  about: "elementwise products of low-rank matrices",
  type: "LOHA",
  module: (linear, { rank, alpha }) => {
    const [a1, b1, a2, b2] = [
      part(linear, "hada_w1_a", [linear.outSize, rank], 0.1),
      part(linear, "hada_w1_b", [rank, linear.inSize], 1),
      part(linear, "hada_w2_a", [linear.outSize, rank], "zeros"),
      part(linear, "hada_w2_b", [rank, linear.inSize], 1),
    ] as const;
    const parts = [a1, b1, a2, b2];
    const difference = (get: Get): Tensor =>
      mul(matmul(get(a1), get(b1), { alpha: alpha / rank }), matmul(get(a2), get(b2)));
    return { ...addedMatrix(linear, parts, difference), parts };
  },
  config: () => ({}),
};

/** Two factors, as near to each other as they come, the first no larger than `factor`: PEFT's factorization(). */
export function factorization(dimension: number, factor: number): readonly [number, number] {
  if (factor > 0 && dimension % factor === 0) return [factor, dimension / factor];
  const limit = factor === -1 ? dimension : factor;
  let [m, n] = [1, dimension];
  const length = m + n;
  while (m < n) {
    let next = m + 1;
    while (dimension % next !== 0) next++;
    const other = dimension / next;
    if (next + other > length || next > limit) break;
    [m, n] = [next, other];
  }
  return m > n ? [n, m] : [m, n];
}

const lokr: Kind = {
  name: "lokr",
  about: "Kronecker products",
  type: "LOKR",
  module: (linear, { rank, alpha, decomposeBoth, decomposeFactor }) => {
    const [rows, rowsOfD] = factorization(linear.outSize, decomposeFactor);
    const [columns, columnsOfD] = factorization(linear.inSize, decomposeFactor);
    // A factor is one matrix, or the product of two.
    const factor = (name: string, [height, width]: readonly [number, number], whole: boolean, first: Start) =>
      whole
        ? [part(linear, name, [height, width], first)]
        : [part(linear, `${name}_a`, [height, rank], first), part(linear, `${name}_b`, [rank, width], "linear")];
    const c = factor("lokr_w1", [rows, columns], !(decomposeBoth && rank < Math.max(rows, columns) / 2), "zeros");
    const d = factor("lokr_w2", [rowsOfD, columnsOfD], rank >= Math.max(rowsOfD, columnsOfD) / 2, "linear");
    const product = (get: Get, [left, right]: readonly Part[]): Tensor =>
      right === undefined ? get(left as Part) : matmul(get(left as Part), get(right));
    const difference = (get: Get): Tensor => {
      // kron(C, D)[i h + k, j w + l] = C[i, j] D[k, l]
      const spread = mul(unsqueeze(product(get, c), [1, 3]), unsqueeze(product(get, d), [0, 2]));
      return mul(reshape(spread, [linear.outSize, linear.inSize]), alpha / rank);
    };
    const parts = [...c, ...d];
    return { ...addedMatrix(linear, parts, difference), parts };
  },
  config: ({ decomposeBoth, decomposeFactor }) => ({
    decompose_both: decomposeBoth,
    decompose_factor: decomposeFactor,
    rank_dropout_scale: false,
  }),
};

function initial(parts: readonly Part[], seed: number): ReadonlyMap<string, Float32Array> {
  return new Map(
    parts.map(({ name, shape: [height = 1, width = 1], start }) => {
      const random = randomAt(seed, "lycoris", name);
      const bound = 1 / Math.sqrt(width);
      const draw = (): number => {
        if (start === "zeros") return 0;
        return start === "linear" ? (2 * random.uniform() - 1) * bound : start * random.normal();
      };
      return [name, Float32Array.from({ length: height * width }, draw)];
    }),
  );
}

function lycorisTuning(kind: Kind, model: Model, options: LycorisOptions): AdapterTuning {
  const chosen = plainLinears(model, options.targetModules, kind.name);
  const modules = chosen.map((linear) => kind.module(linear, options));
  const parts = modules.flatMap((module) => module.parts);
  return withSavedModules(model, options.modulesToSave, {
    name: `${kind.name}, rank ${options.rank}`,
    specs: parts.map(({ name, shape }) => ({ name, shape })),
    dropout: false,
    start: async (seed) => initial(parts, seed),
    intercept: (leaf) => adapterInterceptor(modules, leaf),
    peft: {
      config: (baseModel) => ({
        ...commonConfig(kind.type, baseModel),
        alpha: options.alpha,
        alpha_pattern: {},
        exclude_modules: null,
        init_weights: true,
        layers_pattern: null,
        layers_to_transform: null,
        module_dropout: 0,
        r: options.rank,
        rank_dropout: 0,
        rank_pattern: {},
        target_modules: writeTargets(options.targetModules, chosen, model),
        use_effective_conv2d: false,
        ...kind.config(options),
      }),
      storedName: toPeftName,
    },
  });
}

function lycorisTuner(kind: Kind): Tuner {
  return {
    name: kind.name,
    about: kind.about,
    fixed: ["lora_rank", "lora_alpha", "target_modules", "target_regex", "modules_to_save"],
    free: [],
    learningRate: 1e-4,
    create: (model, settings) =>
      lycorisTuning(kind, model, {
        rank: settings.lora_rank,
        alpha: settings.lora_alpha,
        targetModules: settings.target_regex ?? settings.target_modules,
        modulesToSave: settings.modules_to_save,
        decomposeBoth: false,
        decomposeFactor: -1,
      }),
    peft: {
      type: kind.type,
      settings: (json) => ({
        lora_rank: json["r"] ?? 8,
        lora_alpha: json["alpha"] ?? 8,
        ...(typeof json["target_modules"] === "string"
          ? { target_regex: json["target_modules"] }
          : { target_modules: json["target_modules"] }),
        modules_to_save: json["modules_to_save"] ?? [],
      }),
      read: (json, where, model) => {
        const neutral = {
          alpha_pattern: [],
          exclude_modules: [],
          init_weights: [true, false, "lycoris"],
          module_dropout: [0],
          peft_type: [kind.type],
          rank_dropout: [0],
          rank_dropout_scale: [false, true],
          rank_pattern: [],
          use_effective_conv2d: [false, true],
        };
        const options = readPeftConfig(json, { where, neutral }, (reader) => ({
          rank: reader.integer("r", { fallback: 8 }),
          alpha: reader.number("alpha", { min: -1e9, fallback: 8 }),
          targetModules: readTargetModules(reader, model),
          modulesToSave: readNames(reader, "modules_to_save"),
          decomposeBoth: reader.boolean("decompose_both", false),
          decomposeFactor: reader.optionalInteger("decompose_factor", { min: -1 }) ?? -1,
        }));
        return placed(where, () => lycorisTuning(kind, model, options));
      },
    },
  };
}

export const lohaTuner = lycorisTuner(loha);
export const lokrTuner = lycorisTuner(lokr);
