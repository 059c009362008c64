/** The verbs. Each file is loaded when its verb is called, so that `tunesmith --help` loads none. */
import type { Verb } from "./verb.ts";

export interface VerbEntry {
  readonly summary: string;
  readonly load: () => Promise<Verb>;
}

export const verbs: Readonly<Record<string, VerbEntry>> = {
  quickstart: {
    summary: "Fine-tune a small model that comes with the package, and show it before and after.",
    load: async () => (await import("./quickstart.ts")).quickstartVerb,
  },
  sft: {
    summary: "Fine-tune a model on conversations, with LoRA or in full.",
    load: async () => (await import("./sft.ts")).sftVerb,
  },
  pt: {
    summary: "Go on pretraining a model on plain text, with LoRA or in full.",
    load: async () => (await import("./pt.ts")).ptVerb,
  },
  report: {
    summary: "Write the page of a training run again: losses, rates, a sample, settings, machine.",
    load: async () => (await import("./report.ts")).reportVerb,
  },
  infer: {
    summary: "Chat with a model, answer one prompt, or answer a file of rows.",
    load: async () => (await import("./infer.ts")).inferVerb,
  },
  deploy: {
    summary: "Serve a model behind OpenAI's API.",
    load: async () => (await import("./deploy.ts")).deployVerb,
  },
  "merge-lora": {
    summary: "Merge an adapter into its base model.",
    load: async () => (await import("./merge-lora.ts")).mergeLoraVerb,
  },
  merge: {
    summary: "Join several models into one: mean, SLERP, task arithmetic, TIES, DARE.",
    load: async () => (await import("./merge.ts")).mergeVerb,
  },
  download: {
    summary: "Download a model or dataset from the Hugging Face hub into the cache, and check it.",
    load: async () => (await import("./download.ts")).downloadVerb,
  },
  convert: {
    summary: "Write the model of a GGUF file as a Hugging Face folder.",
    load: async () => (await import("./convert.ts")).convertVerb,
  },
  "data check": {
    summary: "Show which rows can be trained on, and how to mend the others.",
    load: async () => (await import("./data/check.ts")).dataCheckVerb,
  },
  "data convert": {
    summary: "Write rows in another layout: messages, ShareGPT, Alpaca, query-response, Data-Juicer's.",
    load: async () => (await import("./data/convert.ts")).dataConvertVerb,
  },
  "data sql": {
    summary: "Ask files of rows questions in SQL.",
    load: async () => (await import("./data/sql.ts")).dataSqlVerb,
  },
  "data ngram": {
    summary: "Train an n-gram language model on texts, for perplexity_filter.",
    load: async () => (await import("./data/ngram.ts")).dataNgramVerb,
  },
  "data analyze": {
    summary: "Show what is in files of rows: statistics, outliers, repeats, and thresholds that fit.",
    load: async () => (await import("./data/analyze.ts")).dataAnalyzeVerb,
  },
  "data process": {
    summary: "Clean, filter and deduplicate rows by a recipe of Data-Juicer's form.",
    load: async () => (await import("./data/process.ts")).dataProcessVerb,
  },
  "data select": {
    summary: "Choose rows by score, by embedding or by what they read like.",
    load: async () => (await import("./data/select.ts")).dataSelectVerb,
  },
  doctor: {
    summary: "Show what this machine has for training, and the fix for what it lacks.",
    load: async () => (await import("./doctor.ts")).doctorVerb,
  },
};

/** Words of other programs for our verbs. */
export const foreignVerbs: Readonly<Record<string, string>> = {
  chat: "infer",
  analyze: "data analyze",
  check: "doctor",
  "dj-analyze": "data analyze",
  "dj-process": "data process",
  export: "merge-lora",
  finetune: "sft",
  generate: "infer",
  merge: "merge-lora",
  pretrain: "pt",
  process: "data process",
  serve: "deploy",
  train: "sft",
};
