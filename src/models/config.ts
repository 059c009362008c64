/** config.json -> Model, with every problem in one error. */
import { fail } from "../base/errors.ts";
import { judgeUnreadKey } from "./config-keys.ts";
import { createConfigReader, isJsonObject, showValue, type ConfigProblem } from "./config-reader.ts";
import { families, findFamily, type Family } from "./families/index.ts";
import type { Model } from "./model.ts";

export type { JsonObject } from "./config-reader.ts";

export interface ReadConfigOptions {
  /**
   * Keys of config.json that are to be ignored although they may change, or are known to change, the math: their
   * names; true for all that are not known.
   */
  readonly allowConfigKeys?: true | readonly string[];
}

/**
 * Reads a parsed config.json. `where` names the file in errors.
 *
 * @throws E_MODEL_FAMILY for a model type that is not built in, E_MODEL_CONFIG for missing or malformed values,
 *   E_MODEL_CONFIG_KEY for keys that are unknown or would change the math.
 */
export function readModel(json: unknown, where: string, options: ReadConfigOptions = {}): Model {
  if (!isJsonObject(json)) return fail("E_MODEL_CONFIG", { where, what: `is ${showValue(json)}, wants an object.` });
  const family = findFamily(json["model_type"], json["architectures"]);
  if (family === undefined) {
    return fail("E_MODEL_FAMILY", {
      where,
      what: `model_type is ${showValue(json["model_type"])}, architectures ${showValue(json["architectures"])}; supported are ${families.map((known) => known.modelType).join(", ")}.`,
    });
  }
  const architectures = json["architectures"];
  const foreign = Array.isArray(architectures)
    ? architectures.find((name) => !family.architectures.includes(name as string))
    : undefined;
  if (foreign !== undefined) {
    return fail("E_MODEL_FAMILY", {
      where,
      what: `architecture ${showValue(foreign)} is not supported; of ${family.modelType}, ${family.architectures.join(", ")} is.`,
    });
  }

  const reader = createConfigReader(json);
  const model = family.read(reader);
  for (const key of Object.keys(json)) {
    if (reader.isRead(key) || (key === "auto_map" && isOwnCode(json[key], family))) continue;
    const verdict = judgeUnreadKey(json, key);
    if (verdict === undefined || isAllowed(key, verdict.known, options)) continue;
    const message = `is ${showValue(json[key])}; ${verdict.known ? verdict.why : `the key ${verdict.why}`}`;
    reader.report({ key, kind: verdict.known ? "unsupported" : "unknown", message });
  }
  if (reader.problems.length > 0) report(reader.problems, where);
  return model;
}

/** Whether the code that a checkpoint names is of a class that the family was written for: transformers then runs its own. */
function isOwnCode(autoMap: unknown, family: Family): boolean {
  const named = isJsonObject(autoMap) ? autoMap["AutoModelForCausalLM"] : undefined;
  return typeof named === "string" && family.architectures.includes(named.slice(named.lastIndexOf(".") + 1));
}

function isAllowed(key: string, known: boolean, { allowConfigKeys = [] }: ReadConfigOptions): boolean {
  return allowConfigKeys === true ? !known : allowConfigKeys.includes(key);
}

function report(problems: readonly ConfigProblem[], where: string): never {
  const what = `${problems.map(({ key, message }) => `"${key}" ${message}`).join("; ")}.`;
  if (problems.some((problem) => problem.kind === "value")) return fail("E_MODEL_CONFIG", { where, what });
  const unknown = problems.filter((problem) => problem.kind === "unknown").map((problem) => problem.key);
  if (unknown.length < problems.length) return fail("E_MODEL_CONFIG_KEY", { where, what });
  const fix = `If you know that the model computes the same without: --allow-config-keys ${unknown.join(" ")} (in code: allowConfigKeys).`;
  return fail("E_MODEL_CONFIG_KEY", { where, what, fix });
}
