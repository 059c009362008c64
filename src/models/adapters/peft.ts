/**
 * LoRA in PEFT's file layout: adapter_config.json both ways and the names of tensors in
 * adapter_model.safetensors. Follows PEFT 0.21.
 *
 * A setting that changes the math and is not supported is an error that names it.
 */
import { fail } from "../../base/errors.ts";
import { createConfigReader, isJsonObject, showValue, type ConfigReader, type JsonObject } from "../config-reader.ts";
import type { DecoderConfig } from "../decoder-config.ts";
import { linearModules } from "../parameters.ts";
import type { Lora, LoraOptions } from "./lora.ts";
import { isAllLinear, namesOf, type TargetModules } from "./targets.ts";

export const ADAPTER_CONFIG = "adapter_config.json";
export const ADAPTER_WEIGHTS = "adapter_model.safetensors";

const PREFIX = "base_model.model.";

/** "model.layers.0...lora_A.weight" as PEFT stores it. */
export function toPeftName(name: string): string {
  return PREFIX + name;
}

export function fromPeftName(stored: string): string {
  return stored.startsWith(PREFIX) ? stored.slice(PREFIX.length) : stored;
}

/** Bookkeeping, or settings of starting values that are already in the tensors. */
const harmless: ReadonlySet<string> = new Set([
  "auto_mapping",
  "ensure_weight_tying",
  "eva_config",
  "inference_mode",
  "loftq_config",
  "megatron_core",
  "peft_version",
  "qalora_group_size",
  "revision",
  "runtime_config",
]);

/** Settings with the values under which they do nothing, besides null. */
const neutral: Readonly<Record<string, readonly unknown[]>> = {
  alora_invocation_tokens: [],
  arrow_config: [],
  bias: ["none"],
  corda_config: [],
  fan_in_fan_out: [false],
  init_lora_weights: [true, false, "gaussian", "eva", "orthogonal"],
  kasa_config: [],
  layer_replication: [],
  layers_pattern: [],
  layers_to_transform: [],
  lora_bias: [false],
  lora_ga_config: [],
  megatron_config: [],
  modules_to_save: [],
  monteclora_config: [],
  peft_type: ["LORA"],
  target_parameters: [],
  task_type: ["CAUSAL_LM"],
  trainable_token_indices: [],
  use_bdlora: [false],
  use_dora: [false],
  use_qalora: [false],
  velora_config: [],
};

export interface AdapterConfig {
  readonly options: LoraOptions;
  readonly baseModel: string | undefined;
}

/** Reads a parsed adapter_config.json for a model. Throws E_ADAPTER_CONFIG with everything that is wrong. */
export function readAdapterConfig(json: unknown, where: string, config: DecoderConfig): AdapterConfig {
  if (!isJsonObject(json)) return fail("E_ADAPTER_CONFIG", { where, what: `is ${showValue(json)}, wants an object.` });
  const reader = createConfigReader(json);
  for (const key of Object.keys(json)) judge(reader, key);
  const baseModel = reader.take("base_model_name_or_path");
  const options: LoraOptions = {
    rank: reader.integer("r"),
    alpha: reader.number("lora_alpha", { min: -1e9, fallback: 8 }),
    dropout: reader.number("lora_dropout", { fallback: 0, max: 1 }),
    rslora: reader.boolean("use_rslora", false),
    targetModules: knownNames(targets(reader, "target_modules") ?? [], config),
    rankPattern: numbers(reader, "rank_pattern"),
    alphaPattern: numbers(reader, "alpha_pattern"),
  };
  const excluded = targets(reader, "exclude_modules");
  for (const key of Object.keys(json)) {
    if (reader.isRead(key) || json[key] === null) continue;
    reader.report({ key, kind: "unknown", message: `is ${showValue(json[key])}; the key is not known` });
  }
  if (reader.problems.length > 0) {
    const what = `${reader.problems.map(({ key, message }) => `"${key}" ${message}`).join("; ")}.`;
    return fail("E_ADAPTER_CONFIG", { where, what });
  }
  return {
    options: excluded === undefined ? options : { ...options, excludeModules: excluded },
    baseModel: typeof baseModel === "string" ? baseModel : undefined,
  };
}

function judge(reader: ConfigReader, key: string): void {
  if (harmless.has(key)) {
    reader.take(key);
    return;
  }
  const values = Object.hasOwn(neutral, key) ? neutral[key] : undefined;
  if (values === undefined) return;
  const value = reader.take(key);
  const empty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  if (value === undefined || empty || values.includes(value)) return;
  const wanted = values.map((allowed) => JSON.stringify(allowed)).join(" or ") || "null";
  reader.report({ key, kind: "unsupported", message: `is ${showValue(value)}; supported is ${wanted}` });
}

function targets(reader: ConfigReader, key: string): TargetModules | undefined {
  const value = reader.take(key);
  if (value === undefined || typeof value === "string") return value;
  if (Array.isArray(value) && value.length <= 100_000 && value.every((name) => typeof name === "string")) return value;
  reader.report({ key, kind: "value", message: `is ${showValue(value)}, wants a string or a list of names` });
  return undefined;
}

/** PEFT lets a list name modules that are not there; the check of tensors finds what was really adapted. */
function knownNames(target: TargetModules, config: DecoderConfig): TargetModules {
  if (typeof target === "string") return target;
  const modules = linearModules(config);
  return target.filter((name) => modules.some(({ module }) => module === name || module.endsWith(`.${name}`)));
}

function numbers(reader: ConfigReader, key: string): Readonly<Record<string, number>> {
  const value = reader.object(key) ?? {};
  if (!Object.values(value).every((number) => typeof number === "number")) {
    reader.report({ key, kind: "value", message: `is ${showValue(value)}, wants numbers by module` });
    return {};
  }
  return value as Readonly<Record<string, number>>;
}

export interface WriteAdapterConfigOptions {
  /** Path or name of the base model, for those who load the adapter. */
  readonly baseModel: string;
}

/** adapter_config.json with every field that PEFT 0.21 reads for LoRA. */
export function adapterConfigJson(
  lora: Lora,
  config: DecoderConfig,
  { baseModel }: WriteAdapterConfigOptions,
): JsonObject {
  const { options, modules } = lora;
  const pattern = options.targetModules;
  const isPattern = typeof pattern === "string" && !isAllLinear(pattern);
  const chosen = modules.map(({ linear }) => linear);
  return {
    alpha_pattern: options.alphaPattern ?? {},
    auto_mapping: null,
    base_model_name_or_path: baseModel,
    bias: "none",
    exclude_modules: isPattern ? (options.excludeModules ?? null) : null,
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: options.init === "gaussian" ? "gaussian" : true,
    layer_replication: null,
    layers_pattern: null,
    layers_to_transform: null,
    loftq_config: {},
    lora_alpha: options.alpha,
    lora_bias: false,
    lora_dropout: options.dropout ?? 0,
    modules_to_save: null,
    peft_type: "LORA",
    r: options.rank,
    rank_pattern: options.rankPattern ?? {},
    revision: null,
    target_modules: isPattern ? pattern : namesOf(chosen, linearModules(config)),
    target_parameters: null,
    task_type: "CAUSAL_LM",
    trainable_token_indices: null,
    use_dora: false,
    use_rslora: options.rslora ?? false,
  };
}
