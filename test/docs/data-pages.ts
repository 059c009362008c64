/** docs/operators.md and docs/data-juicer.md: the table of operators, and how it stands to Data-Juicer's. */
import { readFileSync } from "node:fs";
import { isTunesmithError } from "../../src/base/errors.ts";
import { defaultText } from "../../src/cli/help.ts";
import { aggregators } from "../../src/data/operators/aggregators/index.ts";
import { baseArgs, filterArgs } from "../../src/data/operators/args.ts";
import { operators } from "../../src/data/operators/index.ts";
import type { Operator } from "../../src/data/operators/operator.ts";
import { dataJuicerOperators } from "../../src/recipes/data-juicer-operators.ts";
import { dataProcessRecipe } from "../../src/recipes/data-process.ts";
import { objectSource } from "../../src/recipes/entries.ts";
import { fieldInfo } from "../../src/recipes/field.ts";
import { parseRecipe } from "../../src/recipes/parse.ts";
import { rayNames } from "../../src/recipes/ray-names.ts";
import { namesOf } from "./run-recipes.ts";
import { cell, command, generated, kindText } from "./text.ts";

const isAggregator: ReadonlySet<string> = new Set(aggregators.map(({ name }) => name));

/** Sections in the order of the page. */
const sections: readonly (readonly [title: string, says: string, holds: (operator: Operator) => boolean])[] = [
  ["Filters", "measure a row and decide whether it stays.", ({ kind }) => kind === "filter"],
  ["Mappers", "make one row or several of one row.", ({ kind, name }) => kind === "mapper" && !isAggregator.has(name)],
  ["Deduplicators", "keep one of rows that are alike.", ({ kind }) => kind === "deduplicator"],
  ["Selectors", "choose among all rows.", ({ kind }) => kind === "selector"],
  ["Groupers", "make batches of rows.", ({ kind }) => kind === "grouper"],
  ["Aggregators", "make something of a batch.", ({ name }) => isAggregator.has(name)],
];

const byName = (a: Operator, b: Operator): number => (a.name < b.name ? -1 : 1);

type Shape = Operator["schema"]["shape"];

function argumentRows(shape: Shape, without: readonly object[] = []): readonly string[] {
  const common = new Map(without.flatMap((table) => Object.entries(table)));
  const own = Object.entries(shape).filter(([key, schema]) => common.get(key) !== schema);
  if (own.length === 0) return [];
  const rows = own.map(([key, schema]) => {
    const info = fieldInfo(key, schema);
    const absent = info.required ? "needed" : defaultText(info);
    return `| \`${key}\` | ${[typeText(info.kind === "any" ? info.expected : kindText(info)), absent, info.description].map(cell).join(" | ")} |`;
  });
  return ["", "| argument | type | default | meaning |", "|---|---|---|---|", ...rows];
}

const typeText = (text: string): string => text.replace("a value as the description says", "any");

function operatorLines(operator: Operator): readonly string[] {
  const { name, summary, stats, differs, remote, schema } = operator;
  const notes = [
    ...(stats.length === 0 ? [] : [`Statistics: ${stats.map((stat) => `\`${stat}\``).join(", ")}.`]),
    ...(remote ? ["Asks a service over the network."] : []),
    ...(differs === undefined ? [] : [`Differs from Data-Juicer: ${differs}`]),
  ];
  const rows = argumentRows(schema.shape, [baseArgs, filterArgs]);
  return ["", `### ${name}`, "", summary, ...rows, ...notes.flatMap((note) => ["", note])];
}

export function operatorsPage(): string {
  const lines = [
    "# Operators of `data process`",
    "",
    generated(command),
    "",
    "A recipe lists operators from top to bottom, each with its arguments; names, arguments and defaults are those of",
    "Data-Juicer. `--words_num_filter.min_num=20` changes an argument on the command line.",
    "",
    "    process:",
    "      - whitespace_normalization_mapper:",
    "      - words_num_filter:",
    "          min_num: 20",
    "",
    "All operators take these, which recipes usually set once for all (`text_keys`, `image_key`, ...):",
    ...argumentRows(baseArgs as unknown as Shape),
    "",
    "All filters also take these:",
    ...argumentRows(filterArgs as unknown as Shape),
  ];
  const all = [...operators.values()].sort(byName);
  for (const [title, says, holds] of sections) {
    const members = all.filter(holds);
    if (members.length === 0) continue;
    lines.push("", `## ${title}`, "", `${title} ${says}`);
    for (const operator of members) lines.push(...operatorLines(operator));
  }
  return `${lines.join("\n")}\n`;
}

export interface PublishedRecipe {
  readonly path: string;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly process: readonly (string | Readonly<Record<string, unknown>>)[];
}

interface Published {
  readonly repository: string;
  readonly commit: string;
  readonly recipes: readonly PublishedRecipe[];
}

/** Facts of Data-Juicer's published recipes, recorded by test/oracles/data-juicer-recipes.py. */
export function publishedRecipes(): Published {
  const file = new URL("../golden/data-juicer-recipes.json", import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Published;
}

/** Operators that Data-Juicer has twice, once for Ray, are one here. */
const operatorNamed = (name: string): Operator | undefined => operators.get(rayNames.get(name) ?? name);

export interface RecipeVerdict {
  readonly missing: readonly string[];
  /** What else is wrong with the recipe, one line each. */
  readonly others: readonly string[];
}

/** Runs a recipe through the parser of `data process`. */
export function judge(recipe: PublishedRecipe): RecipeVerdict {
  const { keys, process } = recipe;
  const missing = [...new Set(namesOf(recipe).filter((name) => operatorNamed(name) === undefined))].sort();
  try {
    parseRecipe(dataProcessRecipe, [objectSource({ ...keys, process }, "recipe")]);
    return { missing, others: [] };
  } catch (error) {
    if (!isTunesmithError(error, "E_RECIPE_INVALID")) throw error;
    const place = /^recipe(?:\.[\w.]+)?: /;
    const told = error.what.includes("\n  ") ? error.what.split("\n  ").slice(1) : [error.what];
    const mistakes = told.map((line) =>
      line
        .trim()
        .replace(place, "")
        .replace(/^process: /, ""),
    );
    return {
      missing,
      others: mistakes.filter(
        (line) => !missing.some((name) => line.includes(` ${name}`) || line.startsWith(`${name} `)),
      ),
    };
  }
}

/** What came of running the recipes that parse, recorded by run-recipes.slow.ts. */
export interface RecipeRun {
  readonly path: string;
  /** What it had to be given. */
  readonly needs: readonly string[];
  /** Why it did not run. */
  readonly error?: string;
}

export const runsFile = new URL("../golden/data-juicer-runs.json", import.meta.url);

const recipeRuns = (): readonly RecipeRun[] =>
  (JSON.parse(readFileSync(runsFile, "utf8")) as { readonly runs: readonly RecipeRun[] }).runs;

export function dataJuicerPage(): string {
  const { recipes, repository, commit } = publishedRecipes();
  const known = [...dataJuicerOperators].sort();
  const supported = known.filter((name) => operatorNamed(name) !== undefined);
  const more = [...operators.keys()].filter((name) => !dataJuicerOperators.has(name)).sort();
  const ran = new Map(recipeRuns().map((run) => [run.path, run]));
  const verdicts = recipes.map((recipe) => {
    const { missing, others } = judge(recipe);
    const { needs = [], error } = ran.get(recipe.path) ?? {
      error: missing.length + others.length > 0 ? undefined : "never run",
    };
    return { recipe, missing, others: error === undefined ? others : [...others, error], needs };
  });
  const runs = verdicts.filter(({ missing, others }) => missing.length + others.length === 0);
  const rows = known.map((name) => {
    const operator = operatorNamed(name);
    const state = operator === undefined ? "no" : operator.differs === undefined ? "yes" : "yes, differs";
    return `| ${name} | ${state} | ${cell(operator?.differs ?? "")} |`;
  });
  const recipeRows = verdicts.map(({ recipe, missing, others, needs }) => {
    const why = [
      ...(missing.length === 0 ? [] : [`missing: ${missing.join(", ")}`]),
      ...others.map((line) => line.replace(/\.$/, "")),
    ].join("; ");
    if (why !== "") return `| ${recipe.path} | no | ${cell(why)} |`;
    return `| ${recipe.path} | ${needs.length === 0 ? "unchanged" : "with"} | ${cell(needs.join("; "))} |`;
  });
  return `${[
    "# Data-Juicer's operators and recipes",
    "",
    generated(command),
    "",
    `Recipes of Data-Juicer 1.6.1 run as they are where their operators are supported: ${supported.length} of ${known.length} are.`,
    "Where an operator is missing, the recipe is refused before any work, with all that are missing.",
    ...(more.length === 0 ? [] : ["", `Operators that Data-Juicer does not have: ${more.join(", ")}.`]),
    "",
    "## Recipes",
    "",
    `The recipes of ${repository} at ${commit.slice(0, 12)}: ${runs.length} of ${recipes.length} run as they`,
    "are, but for the paths of their data, and for models that Data-Juicer downloads and that are given here (`with`).",
    "Each was run on a few rows (test/docs/run-recipes.slow.ts does it again in CI). Where a recipe names a folder of word lists that holds none",
    "(Data-Juicer downloads its own into it), the lists of the package are used, and the run says so.",
    "",
    "| recipe | runs | with what, or why not |",
    "|---|---|---|",
    ...recipeRows,
    "",
    "## Operators",
    "",
    "| operator | supported | how it differs |",
    "|---|---|---|",
    ...rows,
  ].join("\n")}\n`;
}
