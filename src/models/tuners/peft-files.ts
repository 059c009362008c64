/** The names of PEFT's files and of the tensors in them. */

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
