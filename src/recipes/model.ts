/** Keys that say which model, and what computes it. Words of ms-swift's model arguments. */
import * as z from "zod";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";

export const modelGroup = defineGroup("Model", {
  model: field(
    z.string().min(1).optional(),
    "Folder of a Hugging Face checkpoint, or of a checkpoint Tunesmith wrote.",
    {
      source: "ms-swift",
    },
  ),
  adapters: field(
    z.array(z.string().min(1)).default([]),
    "Folders of PEFT adapters to load on the model. Only their weights: to continue a run use resume_from_checkpoint.",
    { source: "ms-swift" },
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
    "What computes. auto takes the fastest that works here; `tunesmith doctor` shows which.",
  ),
  threads: field(z.int().min(1).max(1024).optional(), "Threads of one operator on the CPU.", {
    otherwise: "one per core",
  }),
});

export const seedGroup = defineGroup("Randomness", {
  seed: field(
    z.int().min(0).max(0xffffffff).default(42),
    "Seed of everything random. The same seed, data and arguments give the same result.",
    { source: "ms-swift" },
  ),
});
