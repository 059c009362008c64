/**
 * Sources of keys and values in, the arguments of a verb out; or one error that lists every mistake with its place.
 */
import type * as z from "zod";
import { fail } from "../base/errors.ts";
import { suggest } from "../base/suggest.ts";
import type { Entry, Source } from "./entries.ts";
import type { FieldInfo, FieldKind } from "./field.ts";
import { foreignWords } from "./foreign-words.ts";
import { planned, plannedKeys, plannedValues } from "./planned.ts";
import type { Override, Recipe, RecipeInfo, Report } from "./recipe.ts";

/** One mistake: where it stands and what is wrong with it. */
export interface Problem {
  readonly where: string;
  readonly text: string;
}

/** "--lora-rank" and "lora-rank" to "lora_rank". */
export const canonicalKey = (written: string): string => written.replace(/^--?/, "").replaceAll("-", "_");

const own = (table: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** Keys and their other spellings, each to the key. */
export function spellings(fields: ReadonlyMap<string, FieldInfo>): ReadonlyMap<string, string> {
  const table = new Map<string, string>();
  for (const [key, info] of fields) {
    table.set(key, key);
    for (const alias of info.aliases ?? []) table.set(alias, key);
  }
  return table;
}

/** What to say about a key that the verb does not have; `spell` writes a key the way the person wrote theirs. */
export function unknownKeyText(
  written: string,
  fields: ReadonlyMap<string, FieldInfo>,
  spell: (key: string) => string,
): string {
  const word = canonicalKey(written);
  const said = `unknown key ${written}`;
  const foreign = own(foreignWords, word);
  if (foreign !== undefined && fields.has(foreign)) return `${said}; the word here is ${spell(foreign)}.`;
  if (foreign !== undefined && foreign.includes(" ")) return `${said}; ${foreign}`;
  const coming = planned(plannedKeys, word);
  if (coming !== undefined) return `${said}; it ${coming}`;
  const near = suggest(word, spellings(fields).keys());
  return near === undefined ? `${said}.` : `${said}; did you mean ${spell(near)}?`;
}

/** A value as it may stand in a message. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

const yes = new Set(["true", "yes", "on", "1"]);
const no = new Set(["false", "no", "off", "0"]);

/** One word of a command line as a value of the wanted kind; the word itself when it does not fit. */
function fromWord(word: string, kind: FieldKind): unknown {
  switch (kind) {
    case "integer":
    case "number":
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(word) ? Number(word) : word;
    case "boolean":
      return yes.has(word.toLowerCase()) || (no.has(word.toLowerCase()) ? false : word);
    case "map":
    case "any":
      try {
        return JSON.parse(word) as unknown;
      } catch {
        return word;
      }
    default:
      return word;
  }
}

function valueOf(entry: Entry, info: FieldInfo): unknown {
  const value = writtenValue(entry, info);
  const { valueAliases = {} } = info;
  return typeof value === "string" && Object.hasOwn(valueAliases, value) ? valueAliases[value] : value;
}

function writtenValue(entry: Entry, info: FieldInfo): unknown {
  const { words } = entry;
  if (words !== undefined) {
    if (info.kind === "list") return words.map((word) => fromWord(word, info.item ?? "string"));
    return fromWord(words.at(-1) ?? "true", info.kind);
  }
  // A YAML file may give a list of one as the one.
  return info.kind === "list" && !Array.isArray(entry.value) ? [entry.value] : entry.value;
}

/** Why zod refused, in our words. */
function issueText(issue: z.core.$ZodIssue, info: FieldInfo, value: unknown): string {
  const rest = issue.path.slice(1);
  let got = value;
  for (const step of rest) got = (got as Readonly<Record<PropertyKey, unknown>> | undefined)?.[step];
  const which = rest.length > 0 && info.kind === "list" ? `entry ${Number(rest[0]) + 1} is` : "got";
  const coming = typeof got === "string" ? planned(plannedValues[info.key], got.toLowerCase()) : undefined;
  const comma =
    info.kind === "list" && typeof got === "string" && got.includes(",")
      ? ` Entries are separated by blanks, not commas: ${flagName(info.key)} ${got
          .split(/[\s,]+/)
          .join(" ")
          .trim()}.`
      : "";
  return `expected ${info.expected}; ${which} ${shown(got)}.${coming === undefined ? "" : ` ${shown(got)} ${coming}`}${comma}`;
}

/** A mistake of a known key. The key is named once: by the flag that is the place, or before the text. */
function problemOf(entry: Entry | undefined, key: string, text: string, path?: readonly PropertyKey[]): Problem {
  const where = entry?.where(path) ?? (key.startsWith("--") ? key : flagName(key));
  return { where, text: where.startsWith("--") ? text : `${key}: ${text}` };
}

/** What sources say about one key, before any check; the last one wins. */
export function peek(recipe: RecipeInfo, sources: readonly Source[], key: string): unknown {
  const info = recipe.fields.get(key);
  if (info === undefined) return undefined;
  const known = spellings(recipe.fields);
  const entry = sources.flatMap(({ entries }) => entries).findLast((e) => known.get(canonicalKey(e.key)) === key);
  return entry === undefined ? undefined : valueOf(entry, info);
}

/** The arguments of a verb. Throws E_RECIPE_INVALID with all problems. */
export function parseRecipe<Shape extends z.core.$ZodShape, Args>(
  recipe: Recipe<Shape, Args>,
  sources: readonly Source[],
): Args {
  const problems: Problem[] = [];
  const known = spellings(recipe.fields);
  const chosen = new Map<string, Entry>();
  const overrides: Override[] = [];
  const [fileKeys, savedKeys] = [new Set<string>(), new Set<string>()];
  const refused = new Map<string, Entry>();
  for (const { entries, lenient = false, fromFile = false } of sources) {
    const inThisSource = new Map<string, Entry>();
    for (const entry of entries) {
      const override = recipe.dotted ? overrideOf(entry) : undefined;
      if (override !== undefined) {
        overrides.push(override);
        continue;
      }
      const key = known.get(canonicalKey(entry.key));
      if (key === undefined) {
        const spell = entry.words === undefined ? (name: string) => name : flagName;
        if (!lenient) problems.push({ where: entry.where(), text: unknownKeyText(entry.key, recipe.fields, spell) });
        continue;
      }
      const twin = inThisSource.get(key);
      if (twin !== undefined) {
        problems.push({ where: entry.where(), text: `${entry.key} and ${twin.key} are the same key; give it once.` });
      }
      inThisSource.set(key, entry);
    }
    for (const [key, entry] of inThisSource) {
      if (fromFile && isConsent(recipe.fields.get(key) as FieldInfo, entry)) {
        if (!lenient) refused.set(key, entry);
        continue;
      }
      chosen.set(key, entry);
      if (fromFile) fileKeys.add(key);
      else fileKeys.delete(key);
      if (lenient) savedKeys.add(key);
      else savedKeys.delete(key);
    }
  }
  for (const [key, entry] of refused) {
    if (!chosen.has(key)) problems.push(problemOf(entry, key, consentText(key)));
  }

  const given: Record<string, unknown> = {};
  for (const [key, entry] of chosen) given[key] = valueOf(entry, recipe.fields.get(key) as FieldInfo);
  const parsed = recipe.schema.safeParse(given);
  const wrong = new Set<string>();
  for (const issue of parsed.error?.issues ?? []) {
    const key = String(issue.path[0]);
    wrong.add(key);
    const info = recipe.fields.get(key) as FieldInfo;
    problems.push(problemOf(chosen.get(key), key, issueText(issue, info, given[key]), issue.path.slice(1)));
  }
  // What depends on other keys is looked at even so, with the wrong ones left out: all mistakes are told at once.
  const usable = Object.fromEntries(Object.entries(given).filter(([key]) => !wrong.has(key)));
  const checked = parsed.success ? parsed : recipe.schema.safeParse(usable);
  if (checked.success) {
    const report: Report = (key, text, path) => {
      if (!wrong.has(key)) problems.push(problemOf(chosen.get(key), key, text, path));
    };
    const args = recipe.finish(checked.data, report, { overrides, fileKeys, savedKeys });
    if (problems.length === 0) return args;
  }
  return failWith(recipe.verb, problems);
}

/** Whether a value asks for more than is given without it. */
const isConsent = (info: FieldInfo, { value }: Entry): boolean => info.consent === true && value !== info.default;

const consentText = (key: string): string =>
  `a file cannot allow this for itself; if you trust it, give ${flagName(key)} on the command line.`;

/** A flag, or a line of a file, that names an argument of an operator: `words_num_filter.min_num`. */
function overrideOf({ key, words, value, where }: Entry): Override | undefined {
  const [, operator, argument] = /^(?:--)?([\w-]+)\.([\w-]+)$/.exec(key) ?? [];
  if (operator === undefined || argument === undefined) return undefined;
  const word = words?.at(-1) ?? (typeof value === "string" ? value : JSON.stringify(value));
  return { operator: canonicalKey(operator), argument: canonicalKey(argument), word, where: where() };
}

export const flagName = (key: string): string => `--${key.replaceAll("_", "-")}`;

function failWith(verb: string, problems: readonly Problem[]): never {
  const fix = `\`tunesmith ${verb} --help\` lists every key.`;
  const [only] = problems;
  if (problems.length === 1 && only !== undefined)
    fail("E_RECIPE_INVALID", { where: only.where, what: only.text, fix });
  const lines = problems.map(({ where, text }) => `\n  ${where}: ${text}`).join("");
  return fail("E_RECIPE_INVALID", { what: `${problems.length} mistakes in the arguments of ${verb}:${lines}\n`, fix });
}
