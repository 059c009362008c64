/** Help texts, from the verb table and the recipes. */
import type { FieldInfo } from "../recipes/index.ts";
import { flagName } from "../recipes/parse.ts";
import type { Paint } from "./terminal/paint.ts";
import type { Verb } from "./verb.ts";
import type { VerbEntry } from "./verbs.ts";

export interface HelpOptions {
  readonly columns: number;
  readonly paint: Paint;
}

const flagColumn = 36;

/** What stands for the value of a flag. */
export function valueWord(info: FieldInfo): string {
  const word = (kind: FieldInfo["kind"]): string => {
    if (kind === "choice") return (info.choices ?? []).length > 6 ? "NAME" : (info.choices ?? []).join("|");
    return { integer: "N", number: "X", string: "TEXT", boolean: "", list: "", map: "JSON", any: "JSON" }[kind];
  };
  return info.kind === "list" ? `${word(info.item ?? "string")}...` : word(info.kind);
}

/** What is taken when a key is not given; empty when nothing can be said. */
export function defaultText(info: FieldInfo): string {
  if (info.otherwise !== undefined) return info.otherwise;
  const { default: value } = info;
  if (value === undefined || value === null || (typeof value === "object" && Object.keys(value as object).length === 0))
    return "";
  if (typeof value === "number" && value !== 0 && Math.abs(value) < 1e-3) return value.toExponential();
  return Array.isArray(value) ? value.join(" ") : String(value);
}

/** Breaks a text at spaces. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function flagLines(info: FieldInfo, { columns, paint }: HelpOptions): readonly string[] {
  // A switch that is on by default is of use in its negative form.
  const flag = `--${info.default === true ? "[no-]" : ""}${info.key.replaceAll("_", "-")}`;
  const value = valueWord(info);
  const left = value === "" ? flag : `${flag} ${value}`;
  const absent = defaultText(info);
  const many = info.choices !== undefined && info.choices.length > 6 ? ` One of ${info.choices.join(", ")}.` : "";
  const suffix = absent === "" ? "" : ` (default: ${absent})`;
  const text = wrap(info.description + many + suffix, Math.max(30, columns - flagColumn - 2));
  const painted = `  ${paint("cyan", flag)}${left.slice(flag.length)}`;
  const indent = " ".repeat(flagColumn);
  const fits = left.length + 4 <= flagColumn;
  const first = fits ? [painted + " ".repeat(flagColumn - left.length - 2) + (text[0] ?? "")] : [painted];
  return [...first, ...(fits ? text.slice(1) : text).map((line) => indent + line)];
}

export function verbHelp(verb: Verb, summary: string, assets: string, options: HelpOptions): string {
  const { paint } = options;
  const heading = (text: string): string => paint("bold", text);
  const lines = [
    `${heading("Usage")}  tunesmith ${verb.recipe.verb} ${verb.recipe.positional === undefined ? "[CONFIG.yaml] " : ""}${verb.usage}`,
    "",
    ...wrap(summary, options.columns),
    "",
    heading("Example"),
    ...verb.examples(assets).map((example) => `  ${example}`),
  ];
  for (const group of verb.recipe.groups) {
    const names = group.fields.map(({ key }) => flagName(key)).join(", ");
    const flags = group.brief
      ? wrap(names, options.columns - 2).map((line) => `  ${line}`)
      : group.fields.flatMap((info) => flagLines(info, options));
    lines.push("", heading(group.title), ...flags);
  }
  lines.push(
    "",
    ...wrap(
      "A YAML or JSON file may hold the same keys (learning_rate: 1e-4); flags override it. Lists take several words, " +
        "--no-KEY turns a switch off. --json-schema prints the schema of such files, --debug shows stacks of errors.",
      options.columns,
    ),
  );
  return `${lines.join("\n")}\n`;
}

export function rootHelp(
  verbs: Readonly<Record<string, Pick<VerbEntry, "summary">>>,
  version: string,
  { columns, paint }: HelpOptions,
): string {
  const width = Math.max(...Object.keys(verbs).map((name) => name.length)) + 2;
  const lines = [
    `${paint("bold", "tunesmith")} ${version}  Post-training of open language models, in TypeScript alone.`,
    "",
    `${paint("bold", "Usage")}  tunesmith VERB [CONFIG.yaml] [--flags]`,
    "",
    paint("bold", "Verbs"),
  ];
  for (const [name, { summary }] of Object.entries(verbs)) {
    const [first = "", ...rest] = wrap(summary, Math.max(30, columns - width - 2));
    lines.push(`  ${paint("cyan", name)}${" ".repeat(width - name.length)}${first}`);
    lines.push(...rest.map((line) => " ".repeat(width + 2) + line));
  }
  lines.push("", "`tunesmith VERB --help` shows the flags of a verb and an example that runs.");
  return `${lines.join("\n")}\n`;
}
