/** Keys of the training loop: lengths, optimizer, schedule, evaluation. Words and defaults of ms-swift 4 unless said. */
import * as z from "zod";
import { optimizerAliases, optimizerNames, optimizers, scheduleNames, schedules } from "../optim/index.ts";
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

const summaries = optimizerNames.map((name) => `${name}: ${optimizers[name].summary}`).join(" ");

/** "sgd: momentum, nesterov; ...", for those that have any. */
function argumentsOf(kinds: Readonly<Record<string, { readonly schema: z.ZodObject }>>): string {
  return Object.entries(kinds)
    .map(([name, { schema }]) => [name, Object.keys(schema.shape)] as const)
    .filter(([, keys]) => keys.length > 0)
    .map(([name, keys]) => `${name}: ${keys.join(", ")}`)
    .join("; ");
}

export const optimizerGroup = defineGroup("Optimizer", {
  optim: field(
    z.enum(optimizerNames).default("adamw"),
    `Optimizer. Names of transformers and ms-swift, such as adamw_torch, are understood. ${summaries}`,
    { ...transformers, valueAliases: optimizerAliases },
  ),
  optim_args: field(
    z.record(z.string(), z.unknown()).default({}),
    `Arguments of the optimizer, as {"momentum": 0.9} for sgd. ${argumentsOf(optimizers)}.`,
    transformers,
  ),
  learning_rate: field(z.number().positive().optional(), "Highest learning rate of the schedule.", {
    ...swift,
    otherwise: "1e-4 for lora, 1e-5 for full",
  }),
  lr_scheduler_type: field(
    z.enum(scheduleNames).default("cosine"),
    "Course of the learning rate after warmup. constant has no warmup.",
    swift,
  ),
  lr_scheduler_kwargs: field(
    z.record(z.string(), z.unknown()).default({}),
    `Arguments of the schedule in words of transformers, as {"min_lr_rate": 0.1} for cosine_with_min_lr. ${argumentsOf(schedules)}.`,
    transformers,
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
  lorap_lr_ratio: field(
    z.number().positive().optional(),
    "The matrices B of adapters learn so many times as fast as A (LoRA+, arXiv:2402.12354); 16 is usual.",
    { ...swift, aliases: ["loraplus_lr_ratio"], otherwise: "one rate for both" },
  ),
  module_lr: field(
    z.record(z.string(), z.number().min(0)).default({}),
    'Highest learning rates of tensors by regular expressions over their names, as {"lm_head": 1e-5}; the first that matches counts.',
  ),
  lisa_activated_layers: field(
    z.int().min(0).default(0),
    "Train so many layers at a time, drawn anew every lisa_step_interval steps, beside embeddings, last norm and head (LISA, arXiv:2403.17919); 0 is off.",
    { ...swift, unit: "layers" },
  ),
  lisa_step_interval: field(z.int().min(1).default(20), "Steps after which LISA draws other layers.", {
    ...swift,
    unit: "steps",
  }),
  max_grad_norm: field(
    z.number().min(0).default(1),
    "Gradients longer than this (global 2-norm) are scaled down to it; 0 turns clipping off.",
    swift,
  ),
});

export const lossGroup = defineGroup("Loss in training", {
  label_smoothing_factor: field(
    z.number().min(0).lt(1).default(0),
    "Share of each target that is spread evenly over the vocabulary, in training. Evaluation is plain cross-entropy.",
    transformers,
  ),
  enable_dft_loss: field(
    z.boolean().default(false),
    "Weigh each token's loss by the probability that the model gives it (DFT, arXiv:2508.05629).",
    swift,
  ),
  z_loss_coef: field(
    z.number().min(0).default(0),
    "Adds so many times the square of the logits' log sum exp, which keeps logits small; PaLM has 1e-4.",
    { source: "arXiv:2204.02311" },
  ),
  router_aux_loss_coef: field(
    z.number().min(0).optional(),
    "Weight of the loss that keeps the experts of a mixture evenly used, in training.",
    { ...swift, otherwise: "by config.json, which asks for it with output_router_logits" },
  ),
  neftune_noise_alpha: field(
    z.number().min(0).default(0),
    "Noise on the embeddings in training (NEFTune, arXiv:2310.05914); 5 to 15 are usual, 0 is none.",
    transformers,
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
