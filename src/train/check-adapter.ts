/**
 * Arguments of a run against the adapter it begins with: what contradicts is refused with both values. Equal is fine,
 * also in other words: target_modules are compared by what they choose.
 */
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { fail, isTunesmithError } from "../base/errors.ts";
import { readRegularText, readTextIfThere } from "../formats/read-file.ts";
import { selectTargets, type TargetModules } from "../models/tuners/targets.ts";
import { describe } from "../models/describe.ts";
import type { Model } from "../models/model.ts";
import type { TrainingArgs } from "../recipes/sft.ts";
import { adapterFolder, namedBase, readSettings, settingsOf, taughtKeys } from "./adapter-settings.ts";

/** The arguments with the base as the model, where `model` names an adapter. */
export async function apartFromAdapter(args: TrainingArgs): Promise<TrainingArgs> {
  const dir = args.adapters.length > 0 ? undefined : await adapterFolder(args.model, []);
  const model = dir === undefined ? undefined : await namedBase(dir);
  return dir === undefined || model === undefined ? args : { ...args, model, adapters: [dir] };
}

/** One setting that is said twice and differently. */
interface Contradiction {
  readonly key: string;
  readonly adapter: unknown;
  readonly given: unknown;
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "not set";
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
};
const flagOf = (key: string): string => `--${key.replaceAll("_", "-")}`;

/** @throws E_ADAPTER_SETTINGS with everything that contradicts */
export async function checkAdapterSettings(dir: string, args: TrainingArgs, model: Model): Promise<void> {
  const settled = await contradictingSettings(dir, args, model);
  const taught = args.load_args ? await contradictingTexts(dir, args) : [];
  const all = [...settled, ...taught];
  if (all.length === 0) return;
  const texts = all.map(
    ({ key, adapter, given }) => `it has ${key} ${shown(adapter)}, ${flagOf(key)} is ${shown(given)}`,
  );
  const fixes = [
    settled.length === 0
      ? []
      : "What an adapter fixes is adopted where it is not given: leave the flags out, or train a new adapter on the merged model (merge-lora).",
    taught.length === 0 ? [] : "To teach it with other texts from here on, add --load-args false.",
  ].flat();
  fail("E_ADAPTER_SETTINGS", { where: dir, what: `${texts.join("; ")}.`, fix: fixes.join(" ") });
}

async function contradictingSettings(dir: string, args: TrainingArgs, model: Model): Promise<readonly Contradiction[]> {
  const config = await readSettings(dir, "adapter_config.json");
  const { target_modules, target_regex, ...plain } = settingsOf(config ?? {});
  if (config === undefined || plain["tuner_type"] === undefined) return [];
  const found = Object.entries(plain)
    .map(([key, adapter]) => ({ key, adapter, given: args[key as keyof TrainingArgs] }))
    .filter(({ adapter, given }) => !isDeepStrictEqual(adapter, given));
  const own = (target_regex ?? target_modules) as TargetModules;
  const given = args.target_regex ?? args.target_modules;
  if (isDeepStrictEqual(own, given)) return found;
  const excluded = (config["exclude_modules"] ?? undefined) as TargetModules | undefined;
  const chosen = (target: TargetModules): readonly string[] | undefined => {
    try {
      return selectTargets(describe(model).modules, target, excluded).map(({ path }) => path);
    } catch (error) {
      if (isTunesmithError(error)) return undefined;
      throw error;
    }
  };
  const [mine, other] = [chosen(own), chosen(given)];
  if (mine !== undefined && isDeepStrictEqual(mine, other)) return found;
  const key = args.target_regex === undefined ? "target_modules" : "target_regex";
  return [...found, { key, adapter: own, given }];
}

/** Texts that the adapter was taught with; what its training did not set is open. */
async function contradictingTexts(dir: string, args: TrainingArgs): Promise<readonly Contradiction[]> {
  const saved = await readSettings(dir, "args.json");
  if (saved === undefined) return [];
  const found: Contradiction[] = taughtKeys
    .map((key) => ({ key, adapter: saved[key], given: args[key] }))
    .filter(({ adapter, given }) => adapter !== undefined && adapter !== null && !isDeepStrictEqual(adapter, given));
  if (args.template !== undefined && saved["use_chat_template"] === true && args.use_chat_template) {
    const path = join(dir, "chat_template.jinja");
    const limits = { code: "E_TEXT_TEMPLATE_NAME", limit: 2 ** 20 } as const;
    const taught = await readTextIfThere(path, limits);
    const given = await readRegularText(args.template, limits);
    if (taught !== undefined && taught !== given) found.push({ key: "template", adapter: path, given: args.template });
  }
  return found;
}
