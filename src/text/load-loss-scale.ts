/** A loss_scale specification whose names may be paths of JSON files. */
import { readFile, stat } from "node:fs/promises";
import { fail } from "../base/errors.ts";
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
  try {
    const { size } = await stat(path);
    if (size <= LARGEST) return JSON.parse(await readFile(path, "utf8")) as unknown;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return fail("E_TEXT_LOSS_SCALE", { where: path, what: `The file cannot be read as JSON: ${why}.`, cause });
  }
  return fail("E_TEXT_LOSS_SCALE", { where: path, what: "The file is larger than 1 MiB." });
}
