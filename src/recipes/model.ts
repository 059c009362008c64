/** Keys that say which model, and what computes it. Words of ms-swift's model arguments. */
import * as z from "zod";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";

export const modelGroup = defineGroup("Model", {
  model: field(
    z.string().min(1).optional(),
    "Folder of a Hugging Face checkpoint or of one Tunesmith wrote, a GGUF file, or a name on the Hugging Face hub. " +
      "What is on disk wins over a name.",
    {
      source: "ms-swift",
    },
  ),
  revision: field(z.string().min(1).optional(), "Branch, tag or commit of a model that is named by its hub name.", {
    source: "transformers",
    aliases: ["model_revision"],
    otherwise: "main",
  }),
  adapters: field(
    z.array(z.string().min(1)).default([]),
    "Folders of PEFT adapters to load on the model. Only their weights: to continue a run use resume_from_checkpoint.",
    { source: "ms-swift" },
  ),
  load_args: field(
    z.boolean().default(true),
    "Take system, agent_template and, to ask, use_chat_template, where they are not given, from the args.json that " +
      "training wrote beside an adapter or checkpoint; others than an adapter was taught with are refused in training.",
    { source: "ms-swift" },
  ),
  allow_other_base: field(z.boolean().default(false), "Put an adapter on another base model than it was trained on."),
  allow_config_keys: field(
    z.array(z.string().min(1)).default([]),
    "Keys of config.json to ignore although they are unknown or change the math, for example brand_new_key.",
    { otherwise: "such a key stops the load" },
  ),
  torch_dtype: field(
    z.enum(["float32", "float16", "bfloat16"]).optional(),
    "Number format that full weights are written in. Computing is in float32 whatever stands here.",
    { source: "transformers", aliases: ["dtype"], otherwise: "the checkpoint's own" },
  ),
});

export const deviceGroup = defineGroup("Device", {
  device: field(
    z.enum(["auto", "cpu", "webgpu", "cuda"]).default("auto"),
    "What computes. auto is the CPU, which works everywhere; `tunesmith doctor` shows which others work here.",
  ),
  threads: field(z.int().min(1).max(1024).optional(), "Threads of one operator on the CPU.", {
    otherwise: "one per core; sft and pt measure at the start which number is fastest",
  }),
});

export const seedGroup = defineGroup("Randomness", {
  seed: field(
    z.int().min(0).max(0xffffffff).default(42),
    "Seed of everything random. The same seed, data and arguments give the same result.",
    { source: "ms-swift" },
  ),
});
