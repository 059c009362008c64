/** docs/samplers.md: the table of samplers with their arguments. */
import type * as z from "zod";
import { samplers } from "../../src/data/samplers/index.ts";
import type { Sampler } from "../../src/data/samplers/sampler.ts";
import { fieldInfo } from "../../src/recipes/field.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

const intro = `# Samplers

<!-- Made from the source; change it there and run \`UPDATE_DOCS=1 npx vitest run --project unit test/docs\`. -->

Which samples a run of \`sft\` or \`pt\` trains on. A sampler is taken by name, with arguments of its own:

\`\`\`yaml
dataset: [math.jsonl, code.jsonl, chat.jsonl]
sampler: mixture
sampler_args:
  weights: [2, 1, 1]
  max_repeats: 4
\`\`\`

or \`--sampler mixture --sampler-args '{"weights": [2, 1, 1], "max_repeats": 4}'\`.

A sampler that **selects** chooses samples before the first step; they are then shuffled (and packed) as ever. One that
**orders** says at each step which samples it takes; it cannot be used with \`packing\`. A run that was killed and
continued draws the same samples as one that ran through, whatever the sampler has learned in between.

Scores and embeddings are columns of the rows. \`data process\` with \`keep_stats_in_res_ds: true\` writes statistics that
a sampler finds as \`__dj__stats__.NAME\`; other programs can write columns of their own. Datasets are named by their files
and keep the order in which they are given.`;

function argumentRow(key: string, schema: z.core.$ZodType): string {
  const { kind, item, choices, description, default: constant, required } = fieldInfo(key, schema);
  const words = choices?.map((word) => `\`${word}\``).join(", ");
  const type = words ?? (kind === "list" ? `list of ${item}s` : kind);
  const absent = constant === undefined ? (required ? "needed" : "") : String(constant);
  return `| \`${key}\` | ${[type, absent, description].map(cell).join(" | ")} |`;
}

function section(sampler: Sampler): readonly string[] {
  const { name, summary, source, differs, schema, select, order, needsEvaluation } = sampler;
  const kind = select === undefined ? (order === undefined ? "" : " Orders.") : " Selects.";
  const learns = needsEvaluation ? " Learns from evaluation losses by dataset." : "";
  const lines = ["", `## ${name}`, "", `${summary}${kind}${learns} Source: ${source}.`];
  if (differs !== undefined) lines.push("", `Differs from its source: ${differs}`);
  const rows = Object.entries(schema.shape).map(([key, argument]) => argumentRow(key, argument as z.core.$ZodType));
  if (rows.length > 0) lines.push("", "| argument | type | default | meaning |", "|---|---|---|---|", ...rows);
  return lines;
}

export function samplersPage(): string {
  return `${[intro, ...[...samplers.values()].flatMap(section)].join("\n")}\n`;
}
