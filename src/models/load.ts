/**
 * A model from a folder: config, tensors in place, tokenizer, chat template and, when the folder is an adapter's,
 * the base model it stands on. One object for training, generation and the command line.
 */
import { readFile, stat } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { fail, internal } from "../base/errors.ts";
import { followPointer } from "../formats/atomic.ts";
import { openCheckpoint, readSafetensorsHeader, readTensor, type CheckpointTensor } from "../formats/safetensors.ts";
import { loadChatTemplate, type ChatTemplate, type LoadTemplateOptions } from "../text/chat-template.ts";
import { loadTokenizer } from "../text/load-tokenizer.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { createLora, withLora, type Lora } from "./adapters/lora.ts";
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, fromPeftName, readAdapterConfig } from "./adapters/peft.ts";
import { readConfig, type DecoderConfig, type JsonObject, type ReadConfigOptions } from "./config.ts";
import { isJsonObject } from "./config-reader.ts";
import { createParameters, EMBEDDING, frozenLeaf, HEAD, parameterSpecs, type Parameters } from "./parameters.ts";
import { checkTensors, weightSource, type TensorTable, type WeightPlaces } from "./weights.ts";

/** An adapter that lies in files. */
export interface LoadedAdapter {
  readonly dir: string;
  readonly lora: Lora;
  /** A and B by the names of `lora.specs`. */
  readonly tensors: TensorTable;
}

/** Config and weights of a base model. */
export interface Checkpoint {
  readonly dir: string;
  readonly config: DecoderConfig;
  /** config.json as it is. */
  readonly rawConfig: JsonObject;
  /** generation_config.json as it is. */
  readonly generationConfig: JsonObject | undefined;
  /** The tensors the config asks for. */
  readonly tensors: TensorTable;
  /** Names of tensors in the files that nothing reads, such as stored rotary frequencies. */
  readonly extraTensors: readonly string[];
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
  readonly template?: LoadTemplateOptions;
}

const JSON_LIMIT = 64 * 2 ** 20;

/**
 * Loads a checkpoint folder, or an adapter's folder together with its base model.
 *
 * @throws E_MODEL_FILE, E_MODEL_BASE, E_MODEL_CONFIG*, E_MODEL_FAMILY, E_MODEL_TENSOR, E_ADAPTER_*, and what
 *   formats/ and text/ throw for broken files.
 */
export async function loadModel(dir: string, options: LoadModelOptions = {}): Promise<LoadedModel> {
  // `last` and `best` of a run are files that name a folder where the system has no links.
  const asked = await followPointer(dir);
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
  const base = isAdapter ? (options.baseModel ?? (await findBase(asked))) : asked;
  const checkpoint = await loadCheckpoint(base, options);
  const [adapterDir] = adapterDirs;
  const adapter = adapterDir === undefined ? undefined : await loadAdapter(adapterDir, checkpoint);
  // A checkpoint carries the tokenizer and template it was trained with; they win over the base model's.
  const carrier = adapterDir !== undefined && (await exists(join(adapterDir, "tokenizer.json"))) ? adapterDir : base;
  const tokenizer = await loadTokenizer(carrier);
  let template: ChatTemplate | undefined;
  return {
    ...checkpoint,
    askedDir: dir,
    tokenizer,
    get template() {
      return (template ??= loadChatTemplate(tokenizer, options.template));
    },
    adapter,
  };
}

/** Config and weights alone, checked against each other. */
export async function loadCheckpoint(dir: string, options: ReadConfigOptions = {}): Promise<Checkpoint> {
  const path = join(dir, "config.json");
  const rawConfig = await readJson(path);
  if (rawConfig === undefined) {
    return fail("E_MODEL_FILE", { where: dir, what: `there is no config.json${await explainFolder(dir)}.` });
  }
  const config = readConfig(rawConfig, path, options);
  const { tensors } = await openCheckpoint(dir);
  const specs = parameterSpecs(config);
  const extraTensors = checkTensors(tensors, specs, dir);
  return {
    dir: resolve(dir),
    config,
    rawConfig: rawConfig as JsonObject,
    generationConfig: asObject(await readJson(join(dir, "generation_config.json"))),
    tensors: new Map(specs.map(({ name }) => [name, tensors.get(name) ?? internal(`unchecked tensor ${name}`)])),
    extraTensors,
  };
}

/** An adapter in PEFT's layout, checked against the model it is for. */
export async function loadAdapter(dir: string, base: Pick<Checkpoint, "config" | "tensors">): Promise<LoadedAdapter> {
  const { config } = base;
  const configPath = join(dir, ADAPTER_CONFIG);
  const json = await readJson(configPath);
  if (json === undefined) return fail("E_MODEL_FILE", { where: dir, what: `there is no ${ADAPTER_CONFIG}.` });
  const lora = createLora(config, readAdapterConfig(json, configPath, config).options);
  const path = join(dir, ADAPTER_WEIGHTS);
  if (!(await exists(path))) {
    const pickled = await exists(join(dir, "adapter_model.bin"));
    return fail("E_MODEL_FILE", {
      where: dir,
      what: `there is no ${ADAPTER_WEIGHTS}${pickled ? ", only adapter_model.bin, which may run code when read" : ""}.`,
      ...(pickled ? { fix: "Save the adapter with safetensors: save_pretrained(DIR, safe_serialization=True)." } : {}),
    });
  }
  const header = await readSafetensorsHeader(path);
  const stored = new Map([...header.tensors].map(([name, entry]) => [fromPeftName(name), { ...entry, file: path }]));
  const tensors = checkAdapterTensors(stored, lora, path);
  await checkCopies(
    [...stored].filter(([name]) => !tensors.has(name)),
    base.tensors,
  );
  return { dir: resolve(dir), lora, tensors };
}

/** The tensors of A and B, present and of the right shape. */
function checkAdapterTensors(stored: TensorTable, lora: Lora, where: string): TensorTable {
  const tensors = new Map<string, CheckpointTensor>();
  for (const { name, shape } of lora.specs) {
    const entry = stored.get(name);
    if (entry === undefined) {
      return fail("E_ADAPTER_TENSOR", { where, what: `tensor "${name}" [${shape.join(", ")}] is missing.` });
    }
    if (entry.shape.join() !== shape.join()) {
      fail("E_ADAPTER_TENSOR", {
        where,
        what: `tensor "${name}" has shape [${entry.shape.join(", ")}], the model and the adapter's config want [${shape.join(", ")}].`,
      });
    }
    tensors.set(name, entry);
  }
  return tensors;
}

/**
 * PEFT also stores the embedding or the head when they are adapted or were resized. A copy of the base model's
 * changes nothing; any other tensor would.
 */
async function checkCopies(others: Iterable<readonly [string, CheckpointTensor]>, base: TensorTable): Promise<void> {
  for (const [name, entry] of others) {
    const plain = name.replace(".base_layer.", ".");
    const original = base.get(plain) ?? (plain === `${HEAD}.weight` ? base.get(EMBEDDING) : undefined);
    const same =
      original !== undefined &&
      original.shape.join() === entry.shape.join() &&
      equalValues(await readTensor(original), await readTensor(entry));
    if (!same) {
      const why =
        original === undefined ? "belongs to no target module of the adapter" : "differs from the base model's";
      fail("E_ADAPTER_TENSOR", { where: entry.file, what: `tensor "${name}" ${why}.` });
    }
  }
}

function equalValues(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

/** Parameters whose tensors are all frozen, the adapter included: for evaluation and generation. */
export function frozenParameters(model: Pick<LoadedModel, "config" | "adapter">): Parameters {
  const base = createParameters(model.config, frozenLeaf);
  return model.adapter === undefined ? base : withLora(base, model.adapter.lora, frozenLeaf);
}

/** Compile options that find every frozen tensor of the model, the adapter's included. */
export function modelWeights(model: Pick<LoadedModel, "tensors" | "adapter">): Promise<WeightPlaces> {
  return weightSource(new Map([...model.tensors, ...(model.adapter?.tensors ?? [])]));
}

/** The base model's folder, from args.json (written by Tunesmith) or adapter_config.json. */
async function findBase(dir: string): Promise<string> {
  const args = asObject(await readJson(join(dir, "args.json")));
  const adapter = asObject(await readJson(join(dir, ADAPTER_CONFIG)));
  const named = [args?.["model"], adapter?.["base_model_name_or_path"]].filter(
    (value): value is string => typeof value === "string" && value !== "",
  );
  const places = named.flatMap((name) => (isAbsolute(name) ? [name] : [resolve(name), resolve(dir, name)]));
  for (const place of places) if (await exists(join(place, "config.json"))) return place;
  return fail("E_MODEL_BASE", {
    where: dir,
    what:
      named.length === 0
        ? "the adapter does not say which base model it is for."
        : `the base model ${named.map((name) => JSON.stringify(name)).join(" or ")} is not here; looked in ${places.join(", ")}.`,
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function explainFolder(dir: string): Promise<string> {
  return (await exists(dir)) ? "" : ", the folder does not exist";
}

function asObject(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

/** Undefined when there is no such file. */
async function readJson(path: string): Promise<unknown> {
  if (!(await exists(path))) return undefined;
  try {
    if ((await stat(path)).size > JSON_LIMIT) throw new Error(`it is larger than ${JSON_LIMIT} bytes`);
    return JSON.parse(await readFile(path, "utf8")) as unknown;
  } catch (cause) {
    return fail("E_MODEL_FILE", {
      where: path,
      what: `the file cannot be read as JSON: ${(cause as Error).message}.`,
      fix: "Take the file from the original checkpoint again.",
      cause,
    });
  }
}
