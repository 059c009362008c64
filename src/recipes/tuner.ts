/** Keys that say which parameters are trained. Words of ms-swift; LoRA as in PEFT's LoraConfig. */
import * as z from "zod";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";

export const tunerGroup = defineGroup("Tuner", {
  tuner_type: field(
    z.enum(["lora", "full"]).default("lora"),
    "Train low-rank adapters beside frozen weights, or all weights.",
    { source: "ms-swift", aliases: ["train_type"] },
  ),
  lora_rank: field(z.int().min(1).max(4096).default(8), "Rank r of the adapters.", {
    source: "ms-swift",
    aliases: ["lora_r"],
  }),
  lora_alpha: field(
    z.number().positive().default(32),
    "Scale of the adapters: their output is multiplied by alpha / r.",
    { source: "ms-swift" },
  ),
  lora_dropout: field(z.number().min(0).lt(1).default(0.05), "Dropout before the adapters.", {
    source: "ms-swift",
    unit: "probability",
  }),
  use_rslora: field(
    z.boolean().default(false),
    "Scale by alpha / sqrt(r) instead (rank-stabilised LoRA, arXiv:2312.03732).",
    { source: "PEFT" },
  ),
  target_modules: field(
    z.array(z.string().min(1)).min(1).default(["all-linear"]),
    "Modules that get adapters: all-linear (every linear layer but the head), or names such as q_proj v_proj.",
    { source: "ms-swift", aliases: ["lora_target"] },
  ),
  target_regex: field(
    z.string().min(1).optional(),
    "Regular expression over full module names; when given, target_modules is not read.",
    { source: "ms-swift", otherwise: "target_modules decides" },
  ),
});
