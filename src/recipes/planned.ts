/**
 * What is planned and not there yet: verbs, keys and values that users of ms-swift and PEFT bring along. Each says
 * so, and what there is instead, rather than "unknown". A line goes when the thing comes.
 */

const later = (instead = ""): string => `is planned and not in this version${instead === "" ? "" : `; ${instead}`}.`;

export const plannedVerbs: Readonly<Record<string, string>> = {
  app: later("`tunesmith infer --model DIR` chats in the terminal"),
  dpo: later("`tunesmith sft` trains on the chosen answers"),
  estimate: later("`tunesmith doctor` shows what this machine has"),
  eval: later("`tunesmith sft --val-dataset FILE` evaluates the loss while training"),
  grpo: later(),
  kto: later(),
  orpo: later(),
  ppo: later(),
  prune: later(),
  quantize: later(),
  rlhf: later("`tunesmith sft` trains on the chosen answers"),
  rm: later(),
  sample: later("`tunesmith infer --val-dataset FILE --temperature 1` samples an answer to each row"),
  "web-ui": later(),
};

export const plannedKeys: Readonly<Record<string, string>> = {
  beta: later(),
  deepspeed_stage: later(),
  galore_rank: 'is `--optim galore_adamw --optim-args {"rank": 128}` here.',
  load_in_4bit: later("the frozen base is used as it is stored"),
  load_in_8bit: later("the frozen base is used as it is stored"),
  quant_bits: later("the frozen base is used as it is stored"),
  quant_method: later("the frozen base is used as it is stored"),
  rlhf_type: later("sft trains on the chosen answers"),
  use_galore: "is `--optim galore_adamw` here.",
};

/** By key, then by value. */
export const plannedValues: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  tuner_type: {
    dora: "is lora with --use-dora true here.",
    ...Object.fromEntries(
      ["adalora", "adapter", "boft", "bone", "fourierft", "llamapro", "longlora", "oft", "prompt", "qlora", "reft"].map(
        (name) => [name, later()] as const,
      ),
    ),
  },
  optim: {
    sophia: later(),
  },
  report_to: {
    all: later("name them: tensorboard, mlflow, wandb"),
    swanlab: later("metrics.jsonl and report.html of the run hold all numbers"),
  },
  lr_scheduler_type: {
    greedy: later("cosine needs no metric"),
    reduce_lr_on_plateau: later("cosine needs no metric"),
  },
};

/** The sentence for a name of a table; undefined when the table does not have it. */
export function planned(table: Readonly<Record<string, string>> | undefined, name: string): string | undefined {
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}
