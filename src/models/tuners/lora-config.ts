/**
 * LoRA in PEFT's adapter_config.json, both ways. Follows PEFT 0.21.
 *
 * A setting that changes the math and is not supported is an error that names it.
 */
import { showValue, type ConfigReader, type JsonObject } from "../config-reader.ts";
import type { Model } from "../model.ts";
import type { Lora, LoraOptions } from "./lora.ts";
import {
  commonConfig,
  readNames,
  readPeftConfig,
  readTargetModules,
  readTargets,
  writeTargets,
} from "./peft-config.ts";
import { isAllLinear } from "./targets.ts";

/** Settings with the values under which they do nothing, besides null. */
const neutral = {
  alora_invocation_tokens: [],
  arrow_config: [],
  corda_config: [],
  init_lora_weights: [true, false, "gaussian", "eva", "orthogonal"],
  kasa_config: [],
  layer_replication: [],
  lora_ga_config: [],
  megatron_config: [],
  monteclora_config: [],
  peft_type: ["LORA"],
  target_parameters: [],
  trainable_token_indices: [],
  use_bdlora: [false],
  use_qalora: [false],
  velora_config: [],
};

/** Reads a parsed adapter_config.json for a model. Throws E_ADAPTER_CONFIG with everything that is wrong. */
export function readAdapterConfig(json: unknown, where: string, model: Model): LoraOptions {
  return readPeftConfig(json, { where, neutral }, (reader) => {
    const excluded = readTargets(reader, "exclude_modules");
    return {
      rank: reader.integer("r"),
      alpha: reader.number("lora_alpha", { min: -1e9, fallback: 8 }),
      dropout: reader.number("lora_dropout", { fallback: 0, max: 1 }),
      rslora: reader.boolean("use_rslora", false),
      dora: reader.boolean("use_dora", false),
      bias: reader.boolean("lora_bias", false),
      modulesToSave: readNames(reader, "modules_to_save"),
      targetModules: readTargetModules(reader, model),
      rankPattern: numbers(reader, "rank_pattern"),
      alphaPattern: numbers(reader, "alpha_pattern"),
      ...(excluded === undefined ? {} : { excludeModules: excluded }),
    };
  });
}

function numbers(reader: ConfigReader, key: string): Readonly<Record<string, number>> {
  const value = reader.object(key) ?? {};
  if (!Object.values(value).every((number) => typeof number === "number")) {
    reader.report({ key, kind: "value", message: `is ${showValue(value)}, wants numbers by module` });
    return {};
  }
  return value as Readonly<Record<string, number>>;
}

/** adapter_config.json with every field that PEFT 0.21 reads for LoRA. */
export function adapterConfigJson(lora: Lora, model: Model, baseModel: string): JsonObject {
  const { options, modules } = lora;
  const pattern = options.targetModules;
  const isPattern = typeof pattern === "string" && !isAllLinear(pattern);
  const chosen = modules.map(({ linear }) => linear);
  return {
    ...commonConfig("LORA", baseModel),
    alpha_pattern: options.alphaPattern ?? {},
    bias: "none",
    exclude_modules: isPattern ? (options.excludeModules ?? null) : null,
    fan_in_fan_out: chosen.some(({ layout }) => layout === "in,out"),
    init_lora_weights: options.init === "gaussian" ? "gaussian" : true,
    layer_replication: null,
    layers_pattern: null,
    layers_to_transform: null,
    loftq_config: {},
    lora_alpha: options.alpha,
    lora_bias: options.bias ?? false,
    lora_dropout: options.dropout ?? 0,
    r: options.rank,
    rank_pattern: options.rankPattern ?? {},
    target_modules: writeTargets(pattern, chosen, model),
    target_parameters: null,
    trainable_token_indices: null,
    use_dora: options.dora ?? false,
    use_rslora: options.rslora ?? false,
  };
}
