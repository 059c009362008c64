/**
 * The words after the verb, as entries of a recipe. commander splits them; what it does not know is kept, so that
 * all mistakes can be reported together. `--lora_rank` and `--lora-rank` are one flag, and so are aliases.
 */
import { Command, CommanderError, Option } from "commander";
import { fail } from "../base/errors.ts";
import { canonicalKey, flagName, spellings } from "../recipes/parse.ts";
import type { Entry, FieldInfo, RecipeInfo, Source } from "../recipes/index.ts";

export interface CommandLine {
  readonly help: boolean;
  readonly jsonSchema: boolean;
  /** A file of arguments: `--config FILE`, or the first word. */
  readonly config?: string;
  readonly source: Source;
}

function optionsOf(info: FieldInfo): readonly Option[] {
  const name = flagName(info.key);
  const collect = (word: string, words: readonly string[] | undefined): readonly string[] => [...(words ?? []), word];
  const last = (word: string): readonly string[] => [word];
  switch (info.kind) {
    case "list":
      return [new Option(`${name} <words...>`).argParser(collect)];
    case "boolean":
      return [new Option(`${name} [word]`).argParser(last), new Option(name.replace("--", "--no-"))];
    default:
      return [new Option(`${name} <word>`).argParser(last)];
  }
}

/** Splits a word such as "--lora_rank=4" and gives the flag its one spelling; other words stay. */
function normalize(word: string, known: ReadonlyMap<string, string>): { readonly word: string; readonly key?: string } {
  const [, written = "", rest = ""] = /^(--[^=]+)(=.*)?$/s.exec(word) ?? [];
  if (written === "") return { word };
  const plain = canonicalKey(written);
  const key = known.get(plain);
  if (key !== undefined) return { word: flagName(key) + rest, key };
  const negated = plain.startsWith("no_") ? known.get(plain.slice(3)) : undefined;
  return negated === undefined ? { word } : { word: `--no-${flagName(negated).slice(2)}${rest}`, key: negated };
}

export function parseFlags(recipe: RecipeInfo, words: readonly string[]): CommandLine {
  const known = spellings(recipe.fields);
  const written = new Map<string, string>();
  const { plain, dotted } = recipe.dotted ? splitDotted(words) : { plain: words, dotted: [] };
  const normal = plain.map((given) => {
    const { word, key } = normalize(given, known);
    if (key !== undefined) written.set(key, given.replace(/=.*$/s, ""));
    return word;
  });

  const command = new Command(recipe.verb)
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .configureOutput({ writeErr: () => undefined })
    .exitOverride()
    .option("-h, --help")
    .option("--json-schema")
    .option("--debug")
    .option("--config <file>");
  const options = new Map<string, Option>();
  for (const [key, info] of recipe.fields) {
    for (const option of optionsOf(info)) {
      command.addOption(option);
      if (!option.negate) options.set(key, option);
    }
  }
  try {
    command.parse(normal, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const what = `${error.message.replace(/^error: /, "")}.`;
    fail("E_CLI_USAGE", { what, fix: `Run \`tunesmith ${recipe.verb} --help\`.` });
  }

  const entries: Entry[] = [...dotted];
  for (const [key, option] of options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    if (command.getOptionValueSource(option.attributeName()) !== "cli") continue;
    const flag = written.get(key) ?? flagName(key);
    const given = Array.isArray(value) ? (value as readonly string[]) : [String(value)];
    const eaten = given.find((word) => options.has(known.get(canonicalKey(word)) ?? "") && word.startsWith("--"));
    if (eaten !== undefined) fail("E_CLI_USAGE", { what: `${flag} needs a value, but ${eaten} follows.` });
    entries.push({ key: flag, value: given, words: given, where: () => flag });
  }
  const { strays, unknown } = leftOver(command.args);
  for (const flag of unknown) entries.push({ key: flag, value: [], words: [], where: () => flag });
  const globals = command.opts<{ help?: boolean; jsonSchema?: boolean; config?: string }>();
  const { positional } = recipe;
  if (positional !== undefined && strays.length > 0) {
    entries.push({ key: positional, value: strays, words: strays, where: () => positional });
  }
  const files = positional === undefined ? strays : [];
  const [first, ...more] = globals.config === undefined ? files : [globals.config, ...files];
  if (more.length > 0) {
    fail("E_CLI_USAGE", {
      what: `The word ${JSON.stringify(more[0])} belongs to no flag.`,
      fix: "Only a file of arguments may stand without a flag, once; quote texts that have spaces.",
    });
  }
  return {
    help: globals.help ?? false,
    jsonSchema: globals.jsonSchema ?? false,
    ...(first === undefined ? {} : { config: first }),
    source: { entries },
  };
}

/** Takes out `--operator.argument=value`, or the same with the value as the next word. */
function splitDotted(words: readonly string[]): {
  readonly plain: readonly string[];
  readonly dotted: readonly Entry[];
} {
  const plain: string[] = [];
  const dotted: Entry[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    const [, flag, joined] = /^(--[\w-]+\.[\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (flag === undefined) {
      plain.push(word);
      continue;
    }
    const value = joined ?? words[++i] ?? fail("E_CLI_USAGE", { what: `${flag} needs a value.` });
    dotted.push({ key: flag, value, words: [value], where: () => flag });
  }
  return { plain, dotted };
}

/** Words that no option took: unknown flags (the words behind them are theirs), and words before any. */
function leftOver(words: readonly string[]): {
  readonly strays: readonly string[];
  readonly unknown: readonly string[];
} {
  const unknown = words.filter((word) => /^-./.test(word)).map((word) => word.replace(/=.*$/s, ""));
  const firstFlag = words.findIndex((word) => /^-./.test(word));
  return { unknown, strays: firstFlag < 0 ? words : words.slice(0, firstFlag) };
}
