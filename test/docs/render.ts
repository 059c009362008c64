/** Pages of docs/ that are made from tables in the source: docs/errors.md and docs/arguments.md. */
import { errorCodes } from "../../src/base/error-codes.ts";
import { defaultText } from "../../src/cli/help.ts";
import type { Verb } from "../../src/cli/verb.ts";
import { verbs } from "../../src/cli/verbs.ts";
import type { FieldInfo } from "../../src/recipes/index.ts";
import { cell, command, generated, kindText } from "./text.ts";

const sentence = (text: string): string =>
  (/^[a-z]+ /.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text) + (text.endsWith(".") ? "" : ".");

/** "E_TEXT_TOO_LONG" belongs to "text". */
const areaOf = (code: string): string => code.split("_")[1]?.toLowerCase() ?? "";

export function errorsPage(): string {
  const lines = [
    "# Errors",
    "",
    generated(command),
    "",
    "Every error that Tunesmith throws on purpose has a code, says what was found and where, and what to do. In code:",
    '`isTunesmithError(error, "E_MODEL_FILE")`. The exit status is 2 when the command line or a file of arguments is wrong,',
    "130 after Ctrl-C, 1 for all other errors.",
  ];
  const areas = [...new Set(Object.keys(errorCodes).map(areaOf))].sort();
  for (const area of areas) {
    lines.push("", `## ${area}`);
    const codes = Object.entries(errorCodes).filter(([code]) => areaOf(code) === area);
    for (const [code, { summary, fix }] of codes.sort(([a], [b]) => (a < b ? -1 : 1))) {
      lines.push("", `### ${code}`, "", sentence(summary), "", `What to do: ${fix}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function row(info: FieldInfo): string {
  const { key, unit, description, source, aliases } = info;
  const also = aliases === undefined ? "" : ` Also: ${aliases.map((alias) => `\`${alias}\``).join(", ")}.`;
  const type = kindText(info) + (unit === undefined ? "" : ` (${unit})`);
  return `| \`${key}\` | ${[type, defaultText(info), description + also, source ?? ""].map(cell).join(" | ")} |`;
}

export async function argumentsPage(): Promise<string> {
  const lines = [
    "# Arguments",
    "",
    generated(command),
    "",
    "What each verb accepts, in a YAML or JSON file (`tunesmith sft run.yaml`) and as flags (`--lora-rank 8` and",
    "`--lora_rank 8` are the same); flags win. `tunesmith VERB --json-schema` prints the schema of such files for editors.",
    "A name in the last column says whose word and default a key is.",
  ];
  for (const [name, { summary, load }] of Object.entries(verbs)) {
    const verb = await load();
    lines.push("", `## ${name}`, "", summary, "", "```", ...examples(verb), "```");
    if (name === "pt") {
      const differing = [...verb.recipe.fields.values()].filter(
        ({ key }) => key === "use_chat_template" || key === "loss_scale",
      );
      lines.push("", "The keys of sft, with other defaults of these:", "", ...head, ...differing.map(row));
      continue;
    }
    for (const { title, fields } of verb.recipe.groups) lines.push("", `### ${title}`, "", ...head, ...fields.map(row));
  }
  return `${lines.join("\n")}\n`;
}

const head = ["| key | type | default | meaning | source |", "|---|---|---|---|---|"];

const examples = (verb: Verb): readonly string[] => verb.examples("assets");
