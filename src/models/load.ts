/**
 * A model from a folder: config, tensors in place, tokenizer, chat template and, when the folder is an adapter's,
 * the base model it stands on. One object for training, generation and the command line.
 */
import { stat } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { fail, internal, isTunesmithError } from "../base/errors.ts";
import { followPointer } from "../formats/atomic.ts";
import { isGgufPath } from "../formats/gguf.ts";
import { readTextIfThere } from "../formats/read-file.ts";
import { openCheckpoint } from "../formats/safetensors.ts";
import { isHubName } from "../hub/repo.ts";
import { loadChatTemplate, type ChatTemplate, type LoadTemplateOptions } from "../text/chat-template.ts";
import { loadTokenizer } from "../text/load-tokenizer.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { readModel, type JsonObject, type ReadConfigOptions } from "./config.ts";
import { noteConfigKeys } from "./config-keys.ts";
import { isJsonObject } from "./config-reader.ts";
import { checkBase } from "./base-fingerprint.ts";
import { checkTensors, noteUnreadTensors, settleHead } from "./checkpoint-check.ts";
import { parseJson } from "../formats/json-text.ts";
import { describe } from "./describe.ts";
import { findModel, type FindModelOptions } from "./files/find-model.ts";
import { explainFolder } from "./explain-folder.ts";
import type { Facts, Model } from "./model.ts";
import { noteTokensWithoutRow } from "./token-ids.ts";
import { readAdapter } from "./tuners/read-adapter.ts";
import { ADAPTER_CONFIG } from "./tuners/peft-files.ts";
import type { AdapterTuning, Tuner } from "./tuners/tuner.ts";
import { withBasePrefix, type TensorTable } from "./weights.ts";

/** An adapter that lies in files. */
export interface LoadedAdapter {
  readonly dir: string;
  /** The kind of adapter. */
  readonly tuner: Tuner;
  readonly tuning: AdapterTuning;
  /** By the names of `tuning.specs`. */
  readonly tensors: TensorTable;
}

/** Config and weights of a base model. */
export interface Checkpoint {
  readonly dir: string;
  readonly model: Model;
  /** `model.facts`. */
  readonly config: Facts;
  /** config.json as it is, but that it says the truth about the head. */
  readonly rawConfig: JsonObject;
  /** generation_config.json as it is; the adapter's where it has one. */
  readonly generationConfig: JsonObject | undefined;
  /** The tensors the config asks for. */
  readonly tensors: TensorTable;
  /** Where the parts of the checkpoint do not fit each other; to be shown once. */
  readonly notices: readonly string[];
}

export interface LoadedModel extends Checkpoint {
  /** The folder that was asked for: the adapter's when it is one. `dir` is the base model's. */
  readonly askedDir: string;
  readonly tokenizer: Tokenizer;
  /** Made when first asked for, so that a broken template stops only those who need it. */
  readonly template: ChatTemplate;
  readonly adapter: LoadedAdapter | undefined;
}

export interface LoadModelOptions extends ReadConfigOptions {
  /** Folder of a PEFT adapter to put on the model; at most one. */
  readonly adapters?: readonly string[];
  /** Folder of the base model, when `dir` is an adapter whose own note of it does not lead there. */
  readonly baseModel?: string;
  /** Whether an adapter may be put on another base than it was trained on. */
  readonly allowOtherBase?: boolean;
  readonly template?: LoadTemplateOptions;
  /** How a model that is no folder is found: see findModel. */
  readonly find?: FindModelOptions;
}

/**
 * Loads a checkpoint folder, or an adapter's folder together with its base model.
 *
 * @throws E_MODEL_FILE, E_MODEL_BASE, E_MODEL_CONFIG*, E_MODEL_FAMILY, E_MODEL_TENSOR, E_ADAPTER_*, and what
 *   formats/ and text/ throw for broken files.
 */
export async function loadModel(dir: string, options: LoadModelOptions = {}): Promise<LoadedModel> {
  // `last` and `best` of a run are files that name a folder where the system has no links.
  const { find = {} } = options;
  const asked = await followPointer(await findModel(dir, find));
  const adapterDirs = await Promise.all((options.adapters ?? []).map(followPointer));
  const isAdapter = await exists(join(asked, ADAPTER_CONFIG));
  if (isAdapter) adapterDirs.unshift(asked);
  if (adapterDirs.length > 1) {
    return fail("E_ADAPTER_CONFIG", {
      where: adapterDirs.join(", "),
      what: `${adapterDirs.length} adapters were given, one at a time is supported.`,
      fix: "Merge the first with merge-lora and put the second on the merged model.",
    });
  }
  const base = isAdapter
    ? options.baseModel === undefined
      ? await findBase(asked, find)
      : await findModel(options.baseModel, find)
    : asked;
  const checkpoint = await loadCheckpoint(base, options);
  const [adapterDir] = adapterDirs;
  const adapter = adapterDir === undefined ? undefined : await loadAdapter(adapterDir, checkpoint);
  const otherBase =
    adapterDir === undefined ? [] : await checkBase(adapterDir, checkpoint, options.allowOtherBase ?? false);
  // A checkpoint carries the tokenizer and template it was trained with; they win over the base model's.
  const carrier = adapterDir !== undefined && (await exists(join(adapterDir, "tokenizer.json"))) ? adapterDir : base;
  const tokenizer = await loadTokenizer(carrier);
  const taught = adapterDir === undefined ? undefined : await readJson(join(adapterDir, "generation_config.json"));
  let template: ChatTemplate | undefined;
  return {
    ...checkpoint,
    generationConfig: asObject(taught) ?? checkpoint.generationConfig,
    askedDir: dir,
    tokenizer,
    get template() {
      return (template ??= loadChatTemplate(tokenizer, options.template));
    },
    adapter,
    notices: [...checkpoint.notices, ...otherBase, ...noteTokensWithoutRow(tokenizer, checkpoint.config)],
  };
}

/** Config and weights alone, checked against each other. */
export async function loadCheckpoint(dir: string, options: ReadConfigOptions = {}): Promise<Checkpoint> {
  const path = join(dir, "config.json");
  const rawConfig = await readJson(path);
  if (rawConfig === undefined) {
    return fail("E_MODEL_FILE", { where: dir, ...(await explainFolder(dir, "config.json")) });
  }
  const stated = readModel(rawConfig, path, options);
  const tensors = withBasePrefix((await openCheckpoint(dir)).tensors, describe(stated).specs);
  const { model, notices } = await settleHead(stated, tensors);
  const { specs } = describe(model);
  checkTensors(tensors, specs, dir);
  const unread = await noteUnreadTensors(tensors, model, dir);
  return {
    dir: resolve(dir),
    model,
    config: model.facts,
    rawConfig:
      model === stated ? (rawConfig as JsonObject) : { ...(rawConfig as JsonObject), tie_word_embeddings: false },
    generationConfig: asObject(await readJson(join(dir, "generation_config.json"))),
    tensors: new Map(specs.map(({ name }) => [name, tensors.get(name) ?? internal(`unchecked tensor ${name}`)])),
    notices: [...noteConfigKeys(rawConfig as JsonObject, allowedNames(options)), ...notices, ...unread],
  };
}

const allowedNames = ({ allowConfigKeys = [] }: ReadConfigOptions): readonly string[] =>
  allowConfigKeys === true ? [] : allowConfigKeys;

/** An adapter in PEFT's layout, checked against the model it is for. */
export async function loadAdapter(dir: string, base: Pick<Checkpoint, "model" | "tensors">): Promise<LoadedAdapter> {
  const json = await readJson(join(dir, ADAPTER_CONFIG));
  if (json === undefined) return fail("E_MODEL_FILE", { where: dir, ...(await explainFolder(dir, ADAPTER_CONFIG)) });
  return { dir: resolve(dir), ...(await readAdapter(dir, json, base)) };
}

/** The base model's folder, from args.json (written by Tunesmith) or adapter_config.json. */
async function findBase(dir: string, find: FindModelOptions): Promise<string> {
  const args = asObject(await readJson(join(dir, "args.json")));
  const adapter = asObject(await readJson(join(dir, ADAPTER_CONFIG)));
  const named = [args?.["model"], adapter?.["base_model_name_or_path"]].filter(
    (value): value is string => typeof value === "string" && value !== "",
  );
  const places = named.flatMap((name) => (isAbsolute(name) ? [name] : [resolve(name), resolve(dir, name)]));
  for (const place of places) {
    if (await exists(join(place, "config.json"))) return place;
    if (isGgufPath(place) && (await exists(place))) return findModel(place, find);
  }
  const onHub = named.find(isHubName);
  let refusal = "";
  if (onHub !== undefined) {
    try {
      return await findModel(onHub, find);
    } catch (error) {
      if (!isTunesmithError(error) || !error.code.startsWith("E_HUB_")) throw error;
      refusal = ` From the hub: ${error.what}`;
    }
  }
  return fail("E_MODEL_BASE", {
    where: dir,
    what:
      named.length === 0
        ? "the adapter does not say which base model it is for."
        : `the base model ${named.map((name) => JSON.stringify(name)).join(" or ")} is not here; looked in ${places.join(", ")}.${refusal}`,
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function asObject(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

/** Undefined when there is no such file. */
async function readJson(path: string): Promise<unknown> {
  const fix = "Take the file from the original checkpoint again.";
  const text = await readTextIfThere(path, { code: "E_MODEL_FILE", fix });
  if (text === undefined) return undefined;
  try {
    // Kept as they are written: transformers refuses a config.json whose 30.0 became 30.
    return parseJson(text);
  } catch (cause) {
    return fail("E_MODEL_FILE", {
      where: path,
      what: `the file cannot be read as JSON: ${(cause as Error).message}.`,
      fix,
      cause,
    });
  }
}
