/**
 * What an adapter that a run begins with has settled: rank, alpha, targets and the rest of adapter_config.json, and what
 * it was taught with, from the args.json that training wrote beside it. Arguments that are not given are these; given
 * ones must not say otherwise (check-adapter.ts), so that args.json of the new run holds what was used.
 */
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type * as z from "zod";
import { followPointer } from "../formats/atomic.ts";
import { readTextIfThere } from "../formats/read-file.ts";
import { isHubName } from "../hub/repo.ts";
import { tuners } from "../models/tuners/index.ts";
import { savedSource, type Source } from "../recipes/entries.ts";
import { peek } from "../recipes/parse.ts";
import type { RecipeInfo } from "../recipes/recipe.ts";

const CONFIG = "adapter_config.json";
const ARGS = "args.json";

type Json = Readonly<Record<string, unknown>>;

/** Keys of args.json that say what an adapter was taught with. */
export const taughtKeys = ["system", "agent_template"] as const;

/** The folder of the adapter that a run begins with: named by `adapters`, or by `model` itself. */
export async function adapterFolder(model: unknown, adapters: unknown): Promise<string | undefined> {
  const [first = undefined] = Array.isArray(adapters) ? (adapters as readonly unknown[]) : [];
  if (typeof first === "string") return followPointer(first);
  if (typeof model !== "string") return undefined;
  const dir = await followPointer(model);
  return (await stat(join(dir, CONFIG)).catch(() => undefined)) === undefined ? undefined : dir;
}

/** Undefined when there is no such file, or when it is broken: who loads the adapter says so. */
export async function readSettings(dir: string, name: typeof CONFIG | typeof ARGS): Promise<Json | undefined> {
  const text = await readTextIfThere(join(dir, name), { code: "E_MODEL_FILE" });
  try {
    const json: unknown = text === undefined ? undefined : JSON.parse(text);
    return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as Json) : undefined;
  } catch {
    return undefined;
  }
}

/** An adapter_config.json in the words of the arguments; empty for a kind that no tuner makes. */
export function settingsOf(config: Json): Json {
  const tuner = [...tuners.values()].find(({ peft }) => peft?.type === config["peft_type"]);
  return tuner?.peft === undefined ? {} : { tuner_type: tuner.name, ...tuner.peft.settings(config) };
}

/** The base model that an adapter names: a path that is there, else its name on the hub. */
export async function namedBase(dir: string): Promise<string | undefined> {
  const named = [
    (await readSettings(dir, ARGS))?.["model"],
    (await readSettings(dir, CONFIG))?.["base_model_name_or_path"],
  ];
  const names = named.filter((name): name is string => typeof name === "string" && name !== "");
  for (const path of names.flatMap((name) => [resolve(name), resolve(dir, name)])) {
    if ((await stat(path).catch(() => undefined)) !== undefined) return path;
  }
  return names.find(isHubName);
}

/** Arguments from the adapter that `given` names, below all that is given. */
export async function adapterSources(recipe: RecipeInfo, given: readonly Source[]): Promise<readonly Source[]> {
  const dir = await adapterFolder(peek(recipe, given, "model"), peek(recipe, given, "adapters"));
  const config = dir === undefined ? undefined : await readSettings(dir, CONFIG);
  if (dir === undefined || config === undefined) return [];
  const args = peek(recipe, given, "load_args") === false ? undefined : await readSettings(dir, ARGS);
  const taught = Object.fromEntries([...taughtKeys, "allow_config_keys"].map((key) => [key, args?.[key]]));
  // The model may be the adapter itself; then it is given.
  const base = { model: await namedBase(dir) };
  const { target_modules, target_regex, ...rest } = settingsOf(config);
  // One of the two is given: the other one would be beside it.
  const givesTargets = ["target_modules", "target_regex"].some((key) => peek(recipe, given, key) !== undefined);
  const settled = { ...rest, ...(givesTargets ? {} : { target_modules, target_regex }) };
  return [
    savedSource(fitting(recipe, { ...taught, ...base }), join(dir, ARGS)),
    savedSource(fitting(recipe, settled), join(dir, CONFIG)),
  ];
}

/** Without what no argument could say: it is told when the adapter is loaded. */
function fitting(recipe: RecipeInfo, settings: Json): Json {
  const { shape } = recipe.schema as z.ZodObject;
  return Object.fromEntries(
    Object.entries(settings).filter(([key, value]) => (shape[key] as z.ZodType | undefined)?.safeParse(value).success),
  );
}
