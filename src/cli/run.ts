/** From the words of a command line to an exit status. main.ts gives it the process, tests a made-up context. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { fail } from "../base/errors.ts";
import { packageVersion } from "../base/package-version.ts";
import { suggest } from "../base/suggest.ts";
import { readRegularText } from "../formats/read-file.ts";
import type { Source } from "../recipes/entries.ts";
import { planned, plannedVerbs } from "../recipes/planned.ts";
import type { Context } from "./context.ts";
import { rootHelp } from "./help.ts";
import { errorText, exitStatus } from "./show-error.ts";
import { foreignVerbs, verbs } from "./verbs.ts";

/** The folder of things that come with the package, as a path that works from here. */
export function assetsFolder(): string {
  const absolute = fileURLToPath(new URL("../../assets", import.meta.url));
  const fromHere = relative(process.cwd(), absolute);
  return fromHere.startsWith("..") ? absolute : fromHere;
}

/** Exit status of an interrupted run, as shells use it (128 + SIGINT). */
const interrupted = 130;

export async function runCommandLine(words: readonly string[], context: Context): Promise<number> {
  const debug = words.includes("--debug") || Boolean(context.environment["TUNESMITH_DEBUG"]);
  try {
    return await dispatch(words, context);
  } catch (error) {
    if (context.signal.aborted && (error as { readonly name?: string }).name === "AbortError") return interrupted;
    context.stderr.write(errorText(error, { debug, paint: context.paint }));
    return exitStatus(error);
  }
}

async function dispatch(words: readonly string[], context: Context): Promise<number> {
  const { stdout, stderr, paintOut, paint } = context;
  const asked = words[0] === "help" ? [...words.slice(1, 3).filter((word) => !word.startsWith("-")), "--help"] : words;
  const [verbName, ...rest] = joinVerb(asked);
  const columns = Math.min(110, stdout.columns ?? 100);
  if (verbName === undefined) {
    stderr.write(rootHelp(verbs, packageVersion(), { columns, paint }));
    return 2;
  }
  if (verbName === "--help" || verbName === "-h") {
    stdout.write(rootHelp(verbs, packageVersion(), { columns, paint: paintOut }));
    return 0;
  }
  if (verbName === "--version" || verbName === "-V") {
    stdout.write(`${packageVersion()}\n`);
    return 0;
  }
  if (families.has(verbName) && (rest.length === 0 || rest[0] === "--help" || rest[0] === "-h")) {
    const own = Object.fromEntries(Object.entries(verbs).filter(([name]) => name.startsWith(`${verbName} `)));
    const help = rootHelp(own, packageVersion(), { columns, paint: rest.length === 0 ? paint : paintOut });
    (rest.length === 0 ? stderr : stdout).write(help);
    return rest.length === 0 ? 2 : 0;
  }
  const entry = Object.hasOwn(verbs, verbName) ? verbs[verbName] : undefined;
  if (entry === undefined) unknownVerb(verbName);

  const [verb, { parseFlags }] = await Promise.all([entry.load(), import("./flags.ts")]);
  const line = parseFlags(verb.recipe, rest);
  if (line.help) {
    const { verbHelp } = await import("./help.ts");
    stdout.write(verbHelp(verb, entry.summary, assetsFolder(), { columns, paint: paintOut }));
    return 0;
  }
  if (line.jsonSchema) {
    const { recipeJsonSchema } = await import("../recipes/index.ts");
    stdout.write(`${JSON.stringify(recipeJsonSchema(verb.recipe), null, 2)}\n`);
    return 0;
  }
  const file = line.config === undefined ? [] : [await readConfig(line.config)];
  const status = await verb.start([...file, line.source], {
    ...context,
    recipeFiles: line.config === undefined ? [] : [line.config],
  });
  return context.signal.aborted && status === 0 && !verb.endsBySignal ? interrupted : status;
}

/** First words of verbs of two words: "data" of "data process". */
const families: ReadonlySet<string> = new Set(
  Object.keys(verbs).flatMap((name) => (name.includes(" ") ? [name.slice(0, name.indexOf(" "))] : [])),
);

/** Makes the two words of a verb one. */
function joinVerb(words: readonly string[]): readonly string[] {
  const [first, second, ...rest] = words;
  if (first === undefined || second === undefined || !families.has(first) || second.startsWith("-")) return words;
  return [`${first} ${second}`, ...rest];
}

function unknownVerb(name: string): never {
  const coming = planned(plannedVerbs, name);
  if (coming !== undefined) return fail("E_CLI_USAGE", { what: `The verb ${name} ${coming}` });
  const close = suggest(name, [...Object.keys(verbs), ...Object.keys(foreignVerbs)]) ?? "";
  const near = Object.hasOwn(foreignVerbs, close) ? foreignVerbs[close] : close || undefined;
  const hint = near === undefined ? "" : ` Did you mean ${near}?`;
  const kind = name.startsWith("-") ? "flag" : "verb";
  return fail("E_CLI_USAGE", { what: `Unknown ${kind} ${name}.${hint}` });
}

async function readConfig(path: string): Promise<Source> {
  const { configSource, mostConfigBytes } = await import("../recipes/config-file.ts");
  return configSource(await readRegularText(path, { code: "E_RECIPE_FILE", limit: mostConfigBytes }), path);
}
