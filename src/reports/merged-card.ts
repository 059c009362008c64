/** The model card of a base model with an adapter merged into it: what was merged, how, and how it was checked. */
import { stringify } from "yaml";
import { formatLoss } from "./format.ts";
import { cell, inline } from "./model-card.ts";

export interface MergedCardFacts {
  /** Name of the repository of the base, or of its folder. */
  readonly baseModel: string;
  /** What the base's own card says about licence and language. */
  readonly inherited: Readonly<Record<string, unknown>>;
  /** Name of the adapter's repository, or of its run and checkpoint. */
  readonly adapter: string;
  /** adapter_config.json. */
  readonly adapterConfig: Readonly<Record<string, unknown>>;
  /** What the adapter was trained on, where its checkpoint says so. */
  readonly datasets: readonly string[];
  readonly dtype: string;
  readonly version: string;
  readonly check: {
    readonly maxDifference: number;
    readonly maxLogit: number;
    readonly greedyAgreement: number;
    readonly tokens: number;
  };
}

/** What a reader asks of an adapter, with PEFT's names. */
const shownKeys = [
  "peft_type",
  "r",
  "lora_alpha",
  "use_rslora",
  "use_dora",
  "target_modules",
  "modules_to_save",
] as const;

export function mergedCard(facts: MergedCardFacts): string {
  const { baseModel, inherited, adapter, adapterConfig, datasets, dtype, version, check } = facts;
  const front = {
    base_model: baseModel,
    base_model_relation: "finetune",
    library_name: "transformers",
    pipeline_tag: "text-generation",
    ...inherited,
    ...(datasets.length === 0 ? {} : { datasets }),
    tags: ["tunesmith", "merged"],
  };
  const rows = shownKeys.flatMap((key) => {
    const value = adapterConfig[key];
    return value === undefined || value === null ? [] : [`| ${key} | ${cell(value)} |`];
  });
  const trained =
    datasets.length === 0
      ? ""
      : ` The adapter was trained on ${datasets.map((name) => `\`${inline(name)}\``).join(", ")}.`;
  return `${[
    "---",
    stringify(front, { lineWidth: 0 }).trimEnd(),
    "---",
    "",
    `# ${inline(baseModel.split("/").at(-1) ?? baseModel)} with ${inline(adapter)} merged`,
    "",
    `\`${inline(baseModel)}\` with the adapter \`${inline(adapter)}\` merged into its weights by Tunesmith ${version}: in ` +
      `float32, saved as ${dtype}.${trained}`,
    "",
    "## Adapter",
    "",
    "| setting | value |",
    "|---|---|",
    ...rows,
    "",
    "## Check",
    "",
    `Beside the base with the adapter on it, over ${check.tokens} tokens: the largest difference of a logit is ` +
      `${formatLoss(check.maxDifference)} (logits reach ${formatLoss(check.maxLogit)}), the likeliest next token is the ` +
      `same in ${(100 * check.greedyAgreement).toFixed(1)}% of places.`,
  ].join("\n")}\n`;
}
