/**
 * LoRA (Hu et al. 2021): y = W x + s B A dropout(x), A [rank, in], B [out, rank], s = alpha / rank, or
 * alpha / sqrt(rank) with rsLoRA (Kalajdzievski 2023). Starting values as PEFT's: A uniform, B zero, so that
 * training starts at the base model.
 *
 * Left out: DoRA, adapters on embeddings, biases of adapters, modules_to_save.
 */
import { fail } from "../../base/errors.ts";
import { hashAddress, randomAt } from "../../base/random.ts";
import { add, cast, constant, greaterOrEqual, matmul, mul, unsqueeze, type Tensor } from "../../tensor/index.ts";
import { showValue } from "../config-reader.ts";
import type { DecoderConfig } from "../decoder-config.ts";
import { linearModules, type LinearModule, type Parameters, type ParameterSpec } from "../parameters.ts";
import { byPattern, selectTargets, type TargetModules } from "./targets.ts";

export interface LoraOptions {
  readonly rank: number;
  readonly alpha: number;
  /** Share of inputs that are zeroed in training; 0 unless given. */
  readonly dropout?: number;
  readonly targetModules: TargetModules;
  readonly excludeModules?: TargetModules;
  /** Scale by alpha / sqrt(rank). */
  readonly rslora?: boolean;
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
}

/** Options resolved on one model. */
export interface Lora {
  readonly options: LoraOptions;
  readonly modules: readonly LoraModule[];
  /** A and B of every module: what is trained. */
  readonly specs: readonly ParameterSpec[];
}

/** Throws E_ADAPTER_CONFIG for numbers out of range, E_ADAPTER_TARGET when target modules are not there. */
export function createLora(config: DecoderConfig, options: LoraOptions): Lora {
  checkOptions(options);
  const targets = selectTargets(linearModules(config), options.targetModules, options.excludeModules);
  const modules = targets.map((linear): LoraModule => {
    const rank = byPattern(options.rankPattern ?? {}, linear.module) ?? options.rank;
    const alpha = byPattern(options.alphaPattern ?? {}, linear.module) ?? options.alpha;
    return {
      linear,
      rank,
      alpha,
      scale: alpha / (options.rslora === true ? Math.sqrt(rank) : rank),
      a: { name: `${linear.module}.lora_A.weight`, shape: [rank, linear.inSize] },
      b: { name: `${linear.module}.lora_B.weight`, shape: [linear.outSize, rank] },
    };
  });
  return { options, modules, specs: modules.flatMap(({ a, b }) => [a, b]) };
}

const RANK_LIMIT = 65536;

function checkOptions({ rank, alpha, dropout = 0, rankPattern = {}, alphaPattern = {} }: LoraOptions): void {
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
  if (!(dropout >= 0 && dropout < 1)) bad("LoRA dropout", dropout, "a number from 0 up to, not with, 1");
}

/** Starting values, each tensor by its own address: adding a module changes no other. */
export function initialLora(lora: Lora, seed: number): ReadonlyMap<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const { a, b, linear, rank } of lora.modules) {
    const random = randomAt(seed, "lora", a.name);
    // Kaiming-uniform with a = sqrt(5), the default of torch's linear layers.
    const bound = 1 / Math.sqrt(linear.inSize);
    const draw =
      lora.options.init === "gaussian" ? () => random.normal() / rank : () => (2 * random.uniform() - 1) * bound;
    values.set(a.name, Float32Array.from({ length: rank * linear.inSize }, draw));
    values.set(b.name, new Float32Array(linear.outSize * rank));
  }
  return values;
}

export interface WithLoraOptions {
  /** int32 [batch, time] from {@link dropoutRow}; needed in training when dropout is above 0, absent elsewhere. */
  readonly dropoutRows?: Tensor;
}

/** Parameters whose linear modules carry the adapter; `leaf` makes the tensors of A and B. */
export function withLora(
  base: Parameters,
  lora: Lora,
  leaf: (spec: ParameterSpec) => Tensor,
  { dropoutRows }: WithLoraOptions = {},
): Parameters {
  const modules = new Map(lora.modules.map((module) => [module.linear.module, module]));
  const leaves = new Map<string, Tensor>();
  const get = (spec: ParameterSpec): Tensor => {
    const made = leaves.get(spec.name) ?? leaf(spec);
    leaves.set(spec.name, made);
    return made;
  };
  const rate = dropoutRows === undefined ? 0 : (lora.options.dropout ?? 0);
  const columns = new Map<number, Tensor>();
  const columnsOf = (width: number): Tensor => {
    const made = columns.get(width) ?? dropoutColumns(width);
    columns.set(width, made);
    return made;
  };
  const drop = (x: Tensor, name: string): Tensor =>
    dropoutRows === undefined
      ? x
      : dropout(x, name, { rate, rows: dropoutRows, columns: columnsOf(x.shape.at(-1) as number) });
  return {
    get: base.get,
    linear: (x, name) => {
      const y = base.linear(x, name);
      const module = modules.get(name);
      if (module === undefined) return y;
      const kept = rate === 0 ? x : drop(x, name);
      const low = matmul(kept, get(module.a), { transB: true, alpha: 1 / (1 - rate) }); // [batch, time, rank]
      return add(y, matmul(low, get(module.b), { transB: true, alpha: module.scale }));
    },
    // The head's matrix, whole: dropout is left out here.
    matrix: (name) => {
      const weight = base.matrix(name);
      const module = modules.get(name);
      return module === undefined ? weight : add(weight, matmul(get(module.b), get(module.a), { alpha: module.scale }));
    },
  };
}

/**
 * Dropout whose mask is a function of (row number of the token, module, column), multiplied out in the graph:
 * an element is kept when row * module * column, wrapped to 32 bits, is above a threshold. All three are odd
 * random numbers, so each product is uniform, and products of different columns or rows are independent in pairs.
 * The host feeds one number for a token instead of a mask for every module.
 */
function dropout(x: Tensor, module: string, { rate, rows, columns }: DropoutInputs): Tensor {
  const factor = constant(Int32Array.of(hashAddress(["lora-dropout-module", module]) | 1), "int32", [1]);
  const drawn = mul(mul(unsqueeze(rows, [2]), factor), columns); // int32 [batch, time, width], wrapping
  const threshold = constant(Int32Array.of(Math.round(rate * 2 ** 32 - 2 ** 31)), "int32", [1]);
  // A product with zeros and ones: the engine's Where takes three times as long.
  return mul(x, cast(greaterOrEqual(drawn, threshold), "float32"));
}

interface DropoutInputs {
  readonly rate: number;
  /** int32 [batch, time] */
  readonly rows: Tensor;
  /** int32 [width] */
  readonly columns: Tensor;
}

function dropoutColumns(width: number): Tensor {
  const odd = Int32Array.from({ length: width }, (_, i) => hashAddress(["lora-dropout-column", i]) | 1);
  return constant(odd, "int32", [width]);
}

/** The number of each token of one sample for dropout: the same for this address wherever the sample lies in a batch. */
export function dropoutRow(length: number, seed: number, ...address: readonly (string | number)[]): Int32Array {
  const random = randomAt(seed, "lora-dropout", ...address);
  return Int32Array.from({ length }, () => random.integer(2 ** 32) | 1);
}
