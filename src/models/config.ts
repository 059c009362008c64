/** config.json -> DecoderConfig, with every problem in one error. */
import { fail } from "../base/errors.ts";
import { judgeUnreadKey } from "./config-keys.ts";
import { createConfigReader, isJsonObject, showValue, type ConfigProblem } from "./config-reader.ts";
import type { DecoderConfig } from "./decoder-config.ts";
import { families, findFamily } from "./families/index.ts";

export type { DecoderConfig, RopeConfig } from "./decoder-config.ts";
export type { JsonObject } from "./config-reader.ts";

export interface ReadConfigOptions {
  /**
   * Keys of config.json that are not known and are to be ignored: their names, or true for all.
   * A key that is known to change the math is refused all the same.
   */
  readonly allowUnknownKeys?: true | readonly string[];
}

/**
 * Reads a parsed config.json. `where` names the file in errors.
 *
 * @throws E_MODEL_FAMILY for a model type that is not built in, E_MODEL_CONFIG for missing or malformed values,
 *   E_MODEL_CONFIG_KEY for keys that are unknown or would change the math.
 */
export function readConfig(json: unknown, where: string, options: ReadConfigOptions = {}): DecoderConfig {
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
  const config = family.read(reader);
  for (const key of Object.keys(json)) {
    if (reader.isRead(key)) continue;
    const verdict = judgeUnreadKey(json, key);
    if (verdict === undefined || (!verdict.known && isAllowed(key, options))) continue;
    const message = `is ${showValue(json[key])}; ${verdict.known ? verdict.why : `the key ${verdict.why}`}`;
    reader.report({ key, kind: verdict.known ? "unsupported" : "unknown", message });
  }
  if (reader.problems.length > 0) report(reader.problems, where);
  return config;
}

function isAllowed(key: string, { allowUnknownKeys = [] }: ReadConfigOptions): boolean {
  return allowUnknownKeys === true || allowUnknownKeys.includes(key);
}

function report(problems: readonly ConfigProblem[], where: string): never {
  const what = `${problems.map(({ key, message }) => `"${key}" ${message}`).join("; ")}.`;
  if (problems.some((problem) => problem.kind === "value")) return fail("E_MODEL_CONFIG", { where, what });
  const unknown = problems.filter((problem) => problem.kind === "unknown").map((problem) => problem.key);
  if (unknown.length < problems.length) return fail("E_MODEL_CONFIG_KEY", { where, what });
  const fix = `If you know that the model computes the same without, name the key in allowUnknownKeys (${unknown.join(", ")}) or remove it from config.json.`;
  return fail("E_MODEL_CONFIG_KEY", { where, what, fix });
}
