/**
 * adapter_config.json read key by key: what a tuner does not know is refused by name, so that no adapter is half read.
 * Follows PEFT 0.21.
 */
import { fail } from "../../base/errors.ts";
import { createConfigReader, isJsonObject, showValue, type ConfigReader } from "../config-reader.ts";
import { describe } from "../describe.ts";
import type { Model } from "../model.ts";
import { namesOf, isAllLinear, type TargetModules } from "./targets.ts";
import type { LinearModule } from "../scope.ts";

/** Bookkeeping, or settings of starting values that are already in the tensors. */
const harmless: ReadonlySet<string> = new Set([
  "auto_mapping",
  "base_model_name_or_path",
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
export type Neutral = Readonly<Record<string, readonly unknown[]>>;

/** Those of every kind of adapter. */
const neutralEverywhere: Neutral = {
  bias: ["none"],
  // Says how the base stores its matrices, which the model knows: PEFT corrects a wrong one, too.
  fan_in_fan_out: [false, true],
  layers_pattern: [],
  layers_to_transform: [],
  task_type: ["CAUSAL_LM"],
};

/** Reads a parsed adapter_config.json. @throws E_ADAPTER_CONFIG with everything that is wrong */
export function readPeftConfig<Read>(
  json: unknown,
  { where, neutral }: { readonly where: string; readonly neutral: Neutral },
  read: (reader: ConfigReader) => Read,
): Read {
  if (!isJsonObject(json)) return fail("E_ADAPTER_CONFIG", { where, what: `is ${showValue(json)}, wants an object.` });
  const reader = createConfigReader(json);
  for (const key of Object.keys(json)) judge(reader, key, { ...neutralEverywhere, ...neutral });
  const found = read(reader);
  for (const key of Object.keys(json)) {
    if (reader.isRead(key) || json[key] === null) continue;
    reader.report({ key, kind: "unknown", message: `is ${showValue(json[key])}; the key is not known` });
  }
  if (reader.problems.length > 0) {
    const what = `${reader.problems.map(({ key, message }) => `"${key}" ${message}`).join("; ")}.`;
    return fail("E_ADAPTER_CONFIG", { where, what });
  }
  return found;
}

function judge(reader: ConfigReader, key: string, neutral: Neutral): void {
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

/** A string or a list of names; undefined when absent. */
export function readTargets(reader: ConfigReader, key: string): TargetModules | undefined {
  const value = reader.take(key);
  if (value === undefined || typeof value === "string") return value;
  if (Array.isArray(value) && value.length <= 100_000 && value.every((name) => typeof name === "string")) return value;
  reader.report({ key, kind: "value", message: `is ${showValue(value)}, wants a string or a list of names` });
  return undefined;
}

/** Names alone. */
export function readNames(reader: ConfigReader, key: string): readonly string[] {
  const value = readTargets(reader, key) ?? [];
  if (typeof value !== "string") return value;
  reader.report({ key, kind: "value", message: `is ${showValue(value)}, wants a list of names` });
  return [];
}

/**
 * Target modules of an adapter: PEFT lets a list name modules that are not there; the check of tensors finds what was
 * really adapted.
 */
export function readTargetModules(reader: ConfigReader, model: Model, key = "target_modules"): TargetModules {
  const target = readTargets(reader, key) ?? [];
  if (typeof target === "string") return target;
  const { modules } = describe(model);
  return target.filter((name) => modules.some(({ path }) => path === name || path.endsWith(`.${name}`)));
}

/** `target_modules` as PEFT reads it: the pattern that chose them, or the shortest list of their names. */
export function writeTargets(asked: TargetModules, chosen: readonly LinearModule[], model: Model): TargetModules {
  return typeof asked === "string" && !isAllLinear(asked) ? asked : namesOf(chosen, describe(model).modules);
}

/** What every adapter_config.json holds. */
export function commonConfig(type: string, baseModel: string) {
  return {
    auto_mapping: null,
    base_model_name_or_path: baseModel,
    inference_mode: true,
    modules_to_save: null,
    peft_type: type,
    revision: null,
    task_type: "CAUSAL_LM",
  } as const;
}
