/**
 * An adapter of any tuner from PEFT's files: the config says which tuner reads it, the tuner which tensors there must
 * be. What the file holds besides is the base model's own, or refused.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "../../base/errors.ts";
import { readSafetensorsHeader, readTensor, type CheckpointTensor } from "../../formats/safetensors.ts";
import { isJsonObject, showValue } from "../config-reader.ts";
import type { Model } from "../model.ts";
import type { TensorTable } from "../weights.ts";
import { tuners } from "./index.ts";
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS, fromPeftName } from "./peft-files.ts";
import type { AdapterTuning, Tuner } from "./tuner.ts";

/** What an adapter stands on. */
interface Base {
  readonly model: Model;
  readonly tensors: TensorTable;
}

export interface ReadAdapter {
  readonly tuner: Tuner;
  readonly tuning: AdapterTuning;
  /** By the names of `tuning.specs`. */
  readonly tensors: TensorTable;
}

/** `json` is what adapter_config.json holds. @throws E_ADAPTER_*, E_MODEL_FILE */
export async function readAdapter(dir: string, json: unknown, base: Base): Promise<ReadAdapter> {
  const { tuner, tuning } = readAdapterTuning(json, join(dir, ADAPTER_CONFIG), base.model);
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
  const stored = new Map([...header.tensors].map(([name, entry]) => [name, { ...entry, file: path }]));
  const tensors = pickTensors(stored, tuning, path);
  const wanted = new Set([...tensors.values()].map(({ offset }) => offset));
  await checkCopies(
    [...stored].filter(([, { offset }]) => !wanted.has(offset)),
    base,
  );
  return { tuner, tuning, tensors };
}

/** Chooses the tuner by `peft_type`. */
export function readAdapterTuning(
  json: unknown,
  where: string,
  model: Model,
): { readonly tuner: Tuner; readonly tuning: AdapterTuning } {
  if (!isJsonObject(json)) return fail("E_ADAPTER_CONFIG", { where, what: `is ${showValue(json)}, wants an object.` });
  const type = json["peft_type"] ?? "LORA";
  for (const tuner of tuners.values()) {
    if (tuner.peft?.type === type) return { tuner, tuning: tuner.peft.read(json, where, model) };
  }
  const known = [...tuners.values()].flatMap(({ peft }) => (peft === undefined ? [] : [peft.type])).join(", ");
  return fail("E_ADAPTER_CONFIG", { where, what: `"peft_type" is ${showValue(type)}; supported is ${known}.` });
}

/** The tensors that are trained, present and of the right shape. */
function pickTensors(stored: TensorTable, { specs, kept = [], peft }: AdapterTuning, where: string): TensorTable {
  const tensors = new Map<string, CheckpointTensor>();
  for (const { name, shape } of [...specs, ...kept]) {
    const entry = stored.get(peft.storedName(name)) ?? stored.get(fromPeftName(peft.storedName(name)));
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
async function checkCopies(
  others: Iterable<readonly [string, CheckpointTensor]>,
  { model, tensors }: Base,
): Promise<void> {
  const { module } = model.head;
  for (const [kept, entry] of others) {
    const name = fromPeftName(kept);
    const plain = name.replace(".base_layer.", ".");
    const original = tensors.get(plain === `${module.path}.weight` ? module.weight : plain);
    const same =
      original !== undefined &&
      original.shape.join() === entry.shape.join() &&
      equalValues(await readTensor(original), await readTensor(entry));
    if (!same) {
      if (original === undefined) {
        fail("E_ADAPTER_TENSOR", {
          where: entry.file,
          what: `tensor "${name}" belongs to no target module of the adapter.`,
        });
      }
      const [own, base] = [entry.shape, original.shape].map((shape) => `[${shape.join(", ")}]`);
      fail("E_ADAPTER_TENSOR", {
        where: entry.file,
        what:
          own === base
            ? `tensor "${name}" ${own} differs from the base model's: the adapter stores its own, which is not supported.`
            : `tensor "${name}" has shape ${own}, the base model's ${base}: the adapter was trained with a vocabulary of ${entry.shape[0]} tokens and stores its own resized table, which is not supported.`,
        fix: "Merge the adapter into its base with PEFT first (merge_and_unload, save_pretrained), and use the merged model.",
      });
    }
  }
}

function equalValues(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
