/** The table of model families. A new family is one file and one line here. */
import type { Family } from "./family.ts";
import { llama } from "./llama.ts";
import { mistral } from "./mistral.ts";
import { qwen2 } from "./qwen2.ts";

export type { Family } from "./family.ts";

export const families: readonly Family[] = [llama, mistral, qwen2];

/** By `model_type`; by the first known architecture when that is absent. */
export function findFamily(modelType: unknown, architectures: unknown): Family | undefined {
  if (typeof modelType === "string") return families.find((family) => family.modelType === modelType);
  const names: readonly unknown[] = Array.isArray(architectures) ? architectures : [];
  return families.find((family) => names.some((name) => family.architectures.includes(name as string)));
}
