/**
 * The model card of a checkpoint, README.md as the Hugging Face Hub reads it: front matter (base model, datasets,
 * library, licence of the base), results and settings. Holds no time, so that a resumed run writes the same bytes.
 */
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { readTextIfThere } from "../formats/read-file.ts";
import { formatLoss } from "./format.ts";

export interface CardFacts {
  /** Name of the repository of the base, or of its folder. */
  readonly baseModel: string;
  /** What the base's own card says about licence and language; see {@link readBaseCard}. */
  readonly inherited: Readonly<Record<string, unknown>>;
  readonly adapter: boolean;
  readonly datasets: readonly string[];
  /** "sft" or "pt". */
  readonly method: string;
  readonly version: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface CardResults {
  readonly step: number;
  readonly history: readonly Readonly<Record<string, number>>[];
}

const LIMIT = 2 ** 20;
/** What stays true of a model that was made from another. */
const inheritedKeys = ["license", "license_name", "license_link", "language"] as const;

/** Licence and language of the base's README.md; empty when it has none. Never guessed. */
export async function readBaseCard(dir: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readTextIfThere(join(dir, "README.md"), { code: "E_MODEL_FILE", limit: LIMIT }).catch(
    // A card that cannot be read is no reason to stop a run.
    () => undefined,
  );
  const [, head] = /^\uFEFF?---\r?\n([^]*?)\r?\n---\s*(?:\r?\n|$)/.exec(text ?? "") ?? [];
  if (head === undefined) return {};
  try {
    const front: unknown = parse(head, { maxAliasCount: 0 });
    if (typeof front !== "object" || front === null) return {};
    const known = front as Readonly<Record<string, unknown>>;
    return Object.fromEntries(inheritedKeys.flatMap((key) => (known[key] === undefined ? [] : [[key, known[key]]])));
  } catch {
    // A card that is no YAML says nothing that could be carried over.
    return {};
  }
}

/** A repository's name where one is known, else the name of the folder: a path of this machine says nothing elsewhere. */
export function baseModelName(path: string, nameInConfig: unknown): string {
  const isRepository = (name: unknown): name is string =>
    typeof name === "string" && /^[\w-][\w.-]*\/[\w.-]+$/.test(name);
  if (isRepository(nameInConfig)) return nameInConfig;
  return path.split(/[\\/]/).findLast((part) => part !== "" && part !== ".") ?? "unknown";
}

/** Settings that a reader of the card asks for, with the names of args.json. */
const shownSettings = [
  "tuner_type",
  "lora_rank",
  "lora_alpha",
  "lora_dropout",
  "use_rslora",
  "target_modules",
  "target_regex",
  "optim",
  "learning_rate",
  "lr_scheduler_type",
  "warmup_ratio",
  "warmup_steps",
  "weight_decay",
  "max_grad_norm",
  "per_device_train_batch_size",
  "gradient_accumulation_steps",
  "num_train_epochs",
  "max_steps",
  "max_length",
  "packing",
  "loss_scale",
  "use_chat_template",
  "seed",
] as const;

export function modelCard(facts: CardFacts, { step, history }: CardResults): string {
  const { baseModel, inherited, adapter, datasets, method, version, settings } = facts;
  const lora = adapter ? ["lora"] : [];
  const front = {
    base_model: baseModel,
    base_model_relation: adapter ? "adapter" : "finetune",
    library_name: adapter ? "peft" : "transformers",
    pipeline_tag: "text-generation",
    ...inherited,
    ...(datasets.length === 0 ? {} : { datasets }),
    tags: ["tunesmith", method, ...lora, "generated_from_trainer"],
  };
  const evaluations = history.filter((entry) => entry["eval_loss"] !== undefined);
  const losses = history.filter((entry) => entry["loss"] !== undefined);
  const last = losses.at(-1);
  const results = [
    ...(last === undefined ? [] : [`- training loss: ${formatLoss(last["loss"] as number)} at step ${last["step"]}`]),
    ...evaluations
      .slice(-1)
      .map((entry) => `- evaluation loss: ${formatLoss(entry["eval_loss"] as number)} at step ${entry["step"]}`),
  ];
  const rows = shownSettings.flatMap((key) => {
    const value = settings[key];
    return value === undefined || value === null ? [] : [`| ${key} | ${cell(value)} |`];
  });
  const made = adapter ? "A LoRA adapter for" : "A fine-tuned version of";
  const heading = `${baseModel.split("/").at(-1) ?? baseModel} after ${step} steps of ${method}`;
  return `${[
    "---",
    stringify(front, { lineWidth: 0 }).trimEnd(),
    "---",
    "",
    `# ${inline(heading)}`,
    "",
    `${made} \`${inline(baseModel)}\`, trained ${datasets.length === 0 ? "" : `on ${datasets.map((name) => `\`${inline(name)}\``).join(", ")} `}with Tunesmith ${version}.`,
    "",
    "## Results",
    "",
    ...(results.length === 0 ? ["Nothing was logged yet."] : results),
    "",
    "Means over the trained tokens, in nats.",
    "",
    "## Settings",
    "",
    "| setting | value |",
    "|---|---|",
    ...rows,
    "",
    "All settings are in `args.json`, the course of the losses in `trainer_state.json`.",
  ].join("\n")}\n`;
}

/** Names of files come from others: they make no markup. */
export const inline = (text: string): string => text.replaceAll(/[`|<>\r\n]/g, " ");

export const cell = (value: unknown): string => inline(typeof value === "string" ? value : JSON.stringify(value));
