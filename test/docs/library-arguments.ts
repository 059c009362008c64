/** What the library's functions accept, as interfaces whose keys carry the text of the help: made from the recipes. */
import { defaultText, wrap } from "../../src/cli/help.ts";
import { dataAnalyzeRecipe, dataAnalyzeShape } from "../../src/recipes/data-analyze.ts";
import { dataProcessRecipe, dataProcessShape } from "../../src/recipes/data-process.ts";
import type { FieldInfo } from "../../src/recipes/index.ts";
import { sftRecipe, trainingShape } from "../../src/recipes/sft.ts";
import { command } from "./text.ts";

interface Described {
  readonly name: string;
  readonly says: string;
  readonly fields: ReadonlyMap<string, FieldInfo>;
  readonly shape: Readonly<Record<string, unknown>>;
  readonly shapeName: string;
  /** Keys that recipes leave open because a file of arguments or a flag may give them. */
  readonly needed?: readonly string[];
}

function interfaceOf({ name, says, fields, shape, shapeName, needed = [] }: Described): readonly string[] {
  const input = `${shapeName.charAt(0).toUpperCase()}${shapeName.slice(1, -"Shape".length)}Keys`;
  const lines = [`type ${input} = z.input<z.ZodObject<typeof ${shapeName}>>;`, ""];
  lines.push(`/** ${says} */`, `export interface ${name} {`);
  for (const key of Object.keys(shape)) {
    const info = fields.get(key);
    if (info === undefined) throw new Error(`${name} has no ${key}`);
    const required = info.required || needed.includes(key);
    const type = `${input}["${key}"]`;
    lines.push(
      ...comment(info, required),
      `  ${key}${required ? "" : "?"}: ${required && needed.includes(key) ? `NonNullable<${type}>` : type};`,
    );
  }
  return [...lines, "}"];
}

function comment(info: FieldInfo, required: boolean): readonly string[] {
  const constant = defaultText(info);
  const notes = [
    ...(info.unit === undefined || /share|probability/.test(info.unit) ? [] : [`In ${info.unit}.`]),
    ...(required || constant === "" ? [] : [`Default: ${constant}.`]),
  ];
  const text = [info.description, ...notes].join(" ").replaceAll("*/", "* /");
  if (text.length < 105) return [`  /** ${text} */`];
  return ["  /**", ...wrap(text, 110).map((line) => `   * ${line}`), "   */"];
}

const file = (imports: readonly string[], interfaces: readonly Described[]): string =>
  `${[
    `/** Made from the recipes; change those and run ${command}. */`,
    'import type * as z from "zod";',
    ...imports,
    ...interfaces.flatMap((described) => ["", ...interfaceOf(described)]),
  ].join("\n")}\n`;

export const trainingArguments = (): string =>
  file(
    ['import type { trainingShape } from "./sft.ts";'],
    [
      {
        name: "TrainingArguments",
        says: "Arguments of `sft` and `pt`: the words of the command line's flags, with the same defaults.",
        fields: sftRecipe.fields,
        shape: trainingShape,
        shapeName: "trainingShape",
        needed: ["model", "dataset"],
      },
    ],
  );

export const dataArguments = (): string =>
  file(
    [
      'import type { dataAnalyzeShape } from "./data-analyze.ts";',
      'import type { dataProcessShape } from "./data-process.ts";',
    ],
    [
      {
        name: "DataAnalyzeInput",
        says: "Arguments of `dataAnalyze`, but for keys without effect.",
        fields: dataAnalyzeRecipe.fields,
        shape: dataAnalyzeShape,
        shapeName: "dataAnalyzeShape",
      },
      {
        name: "DataProcessInput",
        says: "Arguments of `dataProcess`, but for keys without effect.",
        fields: dataProcessRecipe.fields,
        shape: dataProcessShape,
        shapeName: "dataProcessShape",
      },
    ],
  );
