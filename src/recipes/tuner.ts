/** Keys that say which parameters are trained. Words of ms-swift; LoRA as in PEFT's LoraConfig. */
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { tunerNames, tuners } from "../models/tuners/index.ts";
import { field, fieldInfo } from "./field.ts";
import { defineGroup } from "./group.ts";
import type { Given, Report } from "./recipe.ts";

export const tunerGroup = defineGroup("Tuner", {
  tuner_type: field(
    z.enum(tunerNames).default(tunerNames[0]),
    `What is trained: ${[...tuners.values()].map(({ name, about }) => `${name} (${about})`).join(", ")}.`,
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
  use_dora: field(
    z.boolean().default(false),
    "Train the lengths of weights' rows apart from their directions (DoRA, arXiv:2402.09353). Slower, better at low rank.",
    { source: "PEFT" },
  ),
  lora_bias: field(z.boolean().default(false), "Give the adapters' second matrix a bias.", { source: "PEFT" }),
  modules_to_save: field(
    z.array(z.string().min(1)).default([]),
    "Modules that are trained as a whole beside the adapters, such as embed_tokens lm_head or norm.",
    { source: "ms-swift" },
  ),
  freeze_parameters: field(
    z.array(z.string().min(1)).default([]),
    "For tuner_type freeze: tensors that are not trained, by the beginnings of their names.",
    { source: "ms-swift" },
  ),
  freeze_parameters_regex: field(
    z.string().min(1).optional(),
    "For tuner_type freeze: tensors that are not trained, by a regular expression found in their names.",
    { source: "ms-swift", otherwise: "none" },
  ),
  freeze_parameters_ratio: field(
    z.number().min(0).lt(1).default(0),
    "For tuner_type freeze: share of all parameters, from the first layer on, that is not trained.",
    { source: "ms-swift", unit: "share" },
  ),
  trainable_parameters: field(
    z.array(z.string().min(1)).default([]),
    "For tuner_type freeze: tensors that are trained whatever else is frozen, by the beginnings of their names.",
    { source: "ms-swift" },
  ),
  trainable_parameters_regex: field(
    z.string().min(1).optional(),
    "For tuner_type freeze: the same by a regular expression found in their names, such as bias$.",
    { source: "ms-swift", otherwise: "none" },
  ),
  vera_rank: field(
    z.int().min(1).max(65536).default(256),
    "For tuner_type vera: rank of the random matrices that all modules share.",
    { source: "ms-swift" },
  ),
  vera_dropout: field(z.number().min(0).lt(1).default(0), "For tuner_type vera: dropout before the adapters.", {
    source: "ms-swift",
    unit: "probability",
  }),
  feedforward_modules: field(
    z.array(z.string().min(1)).default([]),
    "For tuner_type ia3: those target modules whose inputs are scaled instead of their outputs, such as down_proj.",
    { source: "PEFT" },
  ),
  target_modules: field(
    z.array(z.string().min(1)).min(1).default(["all-linear"]),
    "Modules that get adapters: all-linear (every linear layer but the head), names such as q_proj v_proj, or both: all-linear lm_head.",
    { source: "ms-swift", aliases: ["lora_target"] },
  ),
  target_regex: field(
    z.string().min(1).optional(),
    "Regular expression over full module names, instead of target_modules.",
    { source: "ms-swift", otherwise: "target_modules decides" },
  ),
});

type TunerArgs = z.output<z.ZodObject<typeof tunerGroup.shape>>;

/** A setting that the chosen tuner does not read is a mistake, not a word without effect. */
export function checkTunerSettings(args: TunerArgs, report: Report, { savedKeys }: Pick<Given, "savedKeys">): void {
  const tuner = tuners.get(args.tuner_type);
  const read = new Set<string>(["tuner_type", ...(tuner?.fixed ?? []), ...(tuner?.free ?? [])]);
  for (const [key, schema] of Object.entries(tunerGroup.shape)) {
    const value = args[key as keyof TunerArgs];
    // What an earlier run or an adapter had is compared with what this one wants where both are known.
    if (read.has(key) || savedKeys.has(key) || isDeepStrictEqual(value, fieldInfo(key, schema).default)) continue;
    const readers = [...tuners.values()].filter(({ fixed, free }) => [...fixed, ...free].some((name) => name === key));
    report(
      key,
      `is not read by tuner_type ${args.tuner_type}; it is by ${readers.map(({ name }) => name).join(", ")}.`,
    );
  }
}
