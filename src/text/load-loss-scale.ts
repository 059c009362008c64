/** A loss_scale specification whose names may be paths of JSON files. */
import { fail } from "../base/errors.ts";
import { readRegularText } from "../formats/read-file.ts";
import { parseLossScale, scaleConfig, type LossScale, type ScaleConfig } from "./loss-scale.ts";

const LARGEST = 1 << 20;

/** Throws E_TEXT_LOSS_SCALE. */
export async function loadLossScale(specification: string): Promise<LossScale> {
  const custom = new Map<string, ScaleConfig>();
  for (const name of specification.split("+").map((part) => part.trim())) {
    if (name.endsWith(".json")) custom.set(name, scaleConfig(await readJson(name), name));
  }
  return parseLossScale(specification, custom);
}

async function readJson(path: string): Promise<unknown> {
  const text = await readRegularText(path, { code: "E_TEXT_LOSS_SCALE", limit: LARGEST });
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return fail("E_TEXT_LOSS_SCALE", { where: path, what: `The file cannot be read as JSON: ${why}.`, cause });
  }
}
