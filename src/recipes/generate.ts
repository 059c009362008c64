/** Keys of generation. Words of transformers' GenerationConfig and ms-swift's generation arguments. */
import * as z from "zod";
import { field } from "./field.ts";
import { defineGroup } from "./group.ts";

const fromCheckpoint = { source: "transformers", otherwise: "generation_config.json" } as const;

export const generateGroup = defineGroup("Generation", {
  max_new_tokens: field(z.int().min(1).optional(), "Most tokens to generate.", {
    source: "transformers",
    unit: "tokens",
    otherwise: "until the context is full",
  }),
  temperature: field(
    z.number().min(0).max(100).optional(),
    "Divides the logits before sampling; 0 always takes the likeliest token.",
    fromCheckpoint,
  ),
  top_k: field(z.int().min(0).optional(), "Sample among the k likeliest tokens; 0 means all.", {
    ...fromCheckpoint,
    unit: "tokens",
  }),
  top_p: field(
    z.number().gt(0).max(1).optional(),
    "Sample among the likeliest tokens that together reach this probability (arXiv:1904.09751).",
    { ...fromCheckpoint, unit: "probability" },
  ),
  min_p: field(
    z.number().min(0).max(1).optional(),
    "Leave out tokens less likely than this share of the likeliest one (arXiv:2407.01082).",
    { ...fromCheckpoint, unit: "share" },
  ),
  repetition_penalty: field(
    z.number().positive().optional(),
    "Makes tokens that have occurred less likely when above 1 (arXiv:1909.05858).",
    fromCheckpoint,
  ),
  stop_words: field(z.array(z.string().min(1)).default([]), "Texts that end the answer, beside the stop token.", {
    source: "ms-swift",
    aliases: ["stop"],
  }),
  stream: field(z.boolean().optional(), "Show tokens as they come.", {
    source: "ms-swift",
    otherwise: "true in a chat, false with prompt or val_dataset",
  }),
});
