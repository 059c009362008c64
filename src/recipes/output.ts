/** Keys that say what is written, where and how often. Words of ms-swift and transformers. */
import * as z from "zod";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";

/** The same key in every verb that writes files. */
export const overwriteField = field(
  z.boolean().default(false),
  "Replace files of the result that are there already; what is there stays until the new is whole.",
  { aliases: ["overwrite_output_dir", "exist_ok"] },
);

export const checkpointGroup = defineGroup("Output", {
  output_dir: field(
    z.string().min(1).optional(),
    "Folder of the run: checkpoint-STEP, last, best, metrics.jsonl and runs/ (TensorBoard) are written into it. " +
      "No version folder is added.",
    { source: "ms-swift", otherwise: "output/<name of the model>" },
  ),
  overwrite_output_dir: field(
    z.boolean().default(false),
    "Replace the earlier run in output_dir: it stays until the first checkpoint of this one is whole. Files of others " +
      "are left alone.",
    { source: "transformers", aliases: ["overwrite", "exist_ok"] },
  ),
  save_steps: field(z.int().min(1).default(500), "Write a checkpoint every so many steps, and at the end.", {
    source: "ms-swift",
    unit: "steps",
  }),
  save_total_limit: field(
    z.int().min(1).optional(),
    "Keep so many checkpoints; older ones are deleted, but never the best and the last.",
    { source: "ms-swift", otherwise: "all" },
  ),
  resume_from_checkpoint: field(
    z.string().min(1).optional(),
    "Continue a run, bit for bit: a checkpoint folder, or last for the newest in output_dir. Arguments not given " +
      "are taken from that checkpoint.",
    { source: "ms-swift", otherwise: "start anew" },
  ),
});

export const logGroup = defineGroup("Log", {
  logging_steps: field(z.int().min(1).default(5), "Log metrics every so many steps.", {
    source: "ms-swift",
    unit: "steps",
  }),
  logging_first_step: field(z.boolean().default(true), "Log the first step too.", { source: "ms-swift" }),
  report_to: field(
    z.array(z.enum(["tensorboard", "mlflow", "wandb", "none"])).default(["tensorboard"]),
    "Where metrics go beside metrics.jsonl: TensorBoard files in runs/, a server of MLflow (MLFLOW_TRACKING_URI, " +
      "MLFLOW_EXPERIMENT_NAME and the other variables of its client), a folder that `wandb sync` uploads to W&B " +
      "(WANDB_PROJECT and others).",
    { source: "ms-swift" },
  ),
});
