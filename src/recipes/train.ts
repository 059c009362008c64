/** Keys of the training loop: lengths, optimizer, schedule, evaluation. Words and defaults of ms-swift 4 unless said. */
import * as z from "zod";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";

const swift = { source: "ms-swift" } as const;
const transformers = { source: "transformers" } as const;

export const lengthOfRunGroup = defineGroup("Length of the run", {
  num_train_epochs: field(z.number().positive().default(3), "Passes over the training rows; may be a fraction.", {
    ...swift,
    unit: "epochs",
  }),
  max_steps: field(
    z.int().min(-1).default(-1),
    "Optimizer steps after which to end; above 0 it overrides num_train_epochs, -1 means by epochs.",
    { ...swift, unit: "steps" },
  ),
  per_device_train_batch_size: field(z.int().min(1).default(1), "Samples (packs when packing) of one forward pass.", {
    ...swift,
    unit: "samples",
  }),
  gradient_accumulation_steps: field(
    z.int().min(1).optional(),
    "Forward passes per optimizer step. The loss is a mean over the tokens of the whole step, so 8 x 1 equals 1 x 8.",
    { ...swift, otherwise: "what makes a step of at least 16 samples" },
  ),
});

export const optimizerGroup = defineGroup("Optimizer", {
  optim: field(z.enum(["adamw", "sgd"]).default("adamw"), "Optimizer.", transformers),
  learning_rate: field(z.number().positive().optional(), "Highest learning rate of the schedule.", {
    ...swift,
    otherwise: "1e-4 for lora, 1e-5 for full",
  }),
  lr_scheduler_type: field(
    z.enum(["cosine", "linear", "constant", "constant_with_warmup"]).default("cosine"),
    "Course of the learning rate after warmup. constant has no warmup.",
    swift,
  ),
  warmup_ratio: field(z.number().min(0).max(1).default(0.05), "Share of all steps that the rate rises from 0.", {
    source: "ms-swift's recipes",
    unit: "share",
  }),
  warmup_steps: field(
    z.int().min(0).default(0),
    "Steps that the rate rises from 0; above 0 it overrides warmup_ratio.",
    {
      ...transformers,
      unit: "steps",
    },
  ),
  weight_decay: field(z.number().min(0).default(0.1), "Decoupled weight decay; biases and norms have none.", swift),
  adam_beta1: field(z.number().min(0).lt(1).default(0.9), "Decay of AdamW's mean of gradients.", swift),
  adam_beta2: field(z.number().min(0).lt(1).default(0.95), "Decay of AdamW's mean of squared gradients.", swift),
  adam_epsilon: field(z.number().positive().default(1e-8), "AdamW's term against division by zero.", transformers),
  max_grad_norm: field(
    z.number().min(0).default(1),
    "Gradients longer than this (global 2-norm) are scaled down to it; 0 turns clipping off.",
    swift,
  ),
});

export const evaluationGroup = defineGroup("Evaluation", {
  per_device_eval_batch_size: field(z.int().min(1).default(1), "Samples of one forward pass in evaluation.", {
    ...swift,
    unit: "samples",
  }),
  eval_steps: field(z.int().min(1).optional(), "Evaluate every so many steps, and at the end.", {
    ...swift,
    unit: "steps",
    otherwise: "save_steps",
  }),
  early_stop_interval: field(
    z.int().min(1).optional(),
    "End when the evaluation loss has not improved in so many evaluations.",
    { ...swift, unit: "evaluations", aliases: ["early_stopping_patience"], otherwise: "never" },
  ),
});

/** What may be let pass, and what it means; train/prepare.ts says which check each word lets pass. */
const allowWords = {
  empty_labels: "a sample without a trained token",
  untrained_stop: "the token that ends a turn is never trained",
  template_mismatch: "training and inference render differently",
} as const;

const listed = Object.entries(allowWords).map(([word, meaning]) => `${word} (${meaning})`);

export const preflightGroup = defineGroup("Checks before step 1", {
  allow: field(
    z.array(z.enum(Object.keys(allowWords) as (keyof typeof allowWords)[])).default([]),
    `Checks that may fail without stopping the run: ${listed.join(", ")}.`,
  ),
});
