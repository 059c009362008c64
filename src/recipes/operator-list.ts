/** The `process` list of a recipe: operators with their arguments, each checked by the operator's own schema. */
import * as z from "zod";
import { suggest } from "../base/suggest.ts";
import { operators } from "../data/operators/index.ts";
import type { Operator } from "../data/operators/operator.ts";
import { dataJuicerOperators } from "./data-juicer-operators.ts";
import { fieldInfo } from "./field.ts";
import { rayNames, withoutRayArguments } from "./ray-names.ts";
import type { Override, Report } from "./recipe.ts";

/** As engine/steps.ts wants it. */
export interface ProcessStep {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly place: number;
  /** Arguments that were given and have no effect here. */
  readonly unused: readonly string[];
}

export interface ReadProcessOptions {
  readonly overrides: readonly Override[];
  /** Keys of columns that the recipe says for all operators. */
  readonly common: Readonly<Record<string, string>>;
  readonly report: Report;
}

/** Arguments that every operator of Data-Juicer takes and that say how it works, not what it does. */
const ignored: ReadonlySet<string> = new Set([
  "accelerator",
  "auto_op_parallelism",
  "batch_mode",
  "batch_size",
  "cpu_required",
  "gpu_required",
  "image_bytes_key",
  "index_key",
  "mem_required",
  "memory",
  "num_cpus",
  "num_gpus",
  "num_proc",
  "ray_execution_mode",
  "runtime_env",
  "skip_op_error",
  "stats_export_path",
  "turbo",
  "use_ray_actor",
  "work_dir",
]);

/** All steps that are right; each mistake is reported with its place. */
export function readProcess(list: readonly unknown[], options: ReadProcessOptions): readonly ProcessStep[] {
  const { report, overrides } = options;
  const named = list.map(entryOf);
  checkOverrides(overrides, named, report);
  return named.flatMap((entry, place) => {
    if (entry === undefined) {
      report("process", "expected the name of an operator with its arguments below it.", [place]);
      return [];
    }
    const { name, args } = entry;
    const operator = operators.get(rayNames.get(name) ?? name);
    if (operator === undefined) {
      report("process", unknownText(name), [place]);
      return [];
    }
    if (!isMap(args)) {
      report("process", `${name}: expected arguments as a map; got ${show(args)}.`, [place, name]);
      return [];
    }
    const own = rayNames.has(name) ? withoutRayArguments(args) : args;
    // A flag names the operator as the recipe does.
    const overridden = overrides.filter((override) => override.operator === name);
    const step = readStep(operator, own, place, { ...options, overrides: overridden });
    return step === undefined ? [] : [step];
  });
}

/** Names of the operators of a list, right or wrong. */
export const namesOf = (list: readonly unknown[]): readonly string[] =>
  list.flatMap((entry) => entryOf(entry)?.name ?? []);

interface NamedEntry {
  readonly name: string;
  readonly args: unknown;
}

/** `words_num_filter:` with arguments or without, or the bare name. */
function entryOf(entry: unknown): NamedEntry | undefined {
  if (typeof entry === "string") return { name: entry, args: {} };
  if (!isMap(entry)) return undefined;
  const [pair, ...more] = Object.entries(entry);
  return pair === undefined || more.length > 0 ? undefined : { name: pair[0], args: pair[1] ?? {} };
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export function unknownText(name: string): string {
  if (dataJuicerOperators.has(name)) return `${name} is an operator of Data-Juicer that Tunesmith does not have.`;
  const near = suggest(name, operators.keys());
  return `unknown operator ${name}${near === undefined ? "." : `; did you mean ${near}?`}`;
}

function checkOverrides(
  overrides: readonly Override[],
  entries: readonly (NamedEntry | undefined)[],
  report: Report,
): void {
  const names = new Set(entries.flatMap((entry) => (entry === undefined ? [] : [entry.name])));
  for (const { operator, where } of overrides) {
    if (names.has(operator)) continue;
    const near = suggest(operator, names);
    report(where, `the recipe has no ${operator}${near === undefined ? "." : `; did you mean ${near}?`}`);
  }
}

function readStep(
  operator: Operator,
  written: Readonly<Record<string, unknown>>,
  place: number,
  { overrides, common, report }: ReadProcessOptions,
): ProcessStep | undefined {
  const { name, schema } = operator;
  const isUnused = (key: string): boolean => ignored.has(key) && !Object.hasOwn(schema.shape, key);
  const unused = Object.keys(written).filter(isUnused);
  // YAML's null is Python's None: the default.
  const wanted = Object.entries(written).filter(([key, value]) => value !== null && !isUnused(key));
  const given: Record<string, unknown> = { ...common, ...Object.fromEntries(wanted) };
  const flags = new Map<string, string>();
  for (const override of overrides) {
    given[override.argument] = fromWord(override.word, schema.shape[override.argument]);
    flags.set(override.argument, override.where);
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return { name, args: parsed.data, place, unused };
  for (const issue of parsed.error.issues) {
    const keys = issue.code === "unrecognized_keys" ? issue.keys : [String(issue.path[0])];
    for (const key of keys) {
      const told =
        issue.code === "unrecognized_keys"
          ? unknownArgument(operator, key)
          : `expected ${expected(operator, key, issue)}; got ${show(given[key])}.`;
      const flag = flags.get(key);
      const path = [place, name, key, ...issue.path.slice(1)];
      if (flag === undefined) report("process", `${name}.${key}: ${told}`, path);
      else report(flag, told);
    }
  }
  return undefined;
}

function unknownArgument({ name, schema }: Operator, key: string): string {
  const near = suggest(key, Object.keys(schema.shape));
  return `unknown argument of ${name}${near === undefined ? "." : `; did you mean ${near}?`}`;
}

function expected({ schema }: Operator, key: string, issue: z.core.$ZodIssue): string {
  const argument = schema.shape[key];
  return argument === undefined || issue.path.length > 1
    ? issue.message.replace(/^Invalid input: expected /, "").replace(/, received .*/s, "")
    : fieldInfo(key, argument).expected;
}

/** A word of the command line as YAML would read it, unless a text is wanted. */
function fromWord(word: string, schema: z.core.$ZodType | undefined): unknown {
  if (schema !== undefined && z.safeParse(schema, word).success) return word;
  if (/^(true|false)$/i.test(word)) return word.toLowerCase() === "true";
  try {
    return JSON.parse(word) as unknown;
  } catch {
    return word;
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
