/**
 * Which base an adapter was trained on: a few numbers of some of its tensors, written beside the adapter and compared
 * when it is loaded. Names and shapes are equal in all models of a family and size; on another one of them an adapter
 * is noise, and nothing says so.
 *
 * The numbers themselves are kept, not a hash of them, so that the same base in another format (bfloat16 for float32)
 * is the same base. PEFT does not read the file.
 */
import { join } from "node:path";
import { fail } from "../base/errors.ts";
import { writeFileAtomic } from "../formats/atomic.ts";
import { parseJson, writeJson } from "../formats/json-text.ts";
import { readTextIfThere } from "../formats/read-file.ts";
import { readTensor } from "../formats/safetensors.ts";
import { isJsonObject } from "./config-reader.ts";
import { describe } from "./describe.ts";
import type { Model } from "./model.ts";
import type { TensorTable } from "./weights.ts";

export const FINGERPRINT_FILE = "base_model_fingerprint.json";

const TENSORS = 16;
const VALUES = 8;

/** Numbers from the middle of some matrices, by the tensor's name. */
export type BaseFingerprint = Readonly<Record<string, readonly number[]>>;

interface Base {
  readonly model: Model;
  readonly tensors: TensorTable;
}

/** Takes matrices alone, from the first to the last: vectors of norms are often equal in relatives. */
export async function fingerprintOf({ model, tensors }: Base): Promise<BaseFingerprint> {
  const matrices = describe(model).specs.filter(({ shape }) => shape.length >= 2);
  const count = Math.min(TENSORS, matrices.length);
  const chosen = Array.from({ length: count }, (_, i) =>
    Math.round((i * (matrices.length - 1)) / Math.max(1, count - 1)),
  );
  const samples: Record<string, readonly number[]> = {};
  for (const index of chosen) {
    const name = matrices[index]?.name ?? "";
    samples[name] = (await sampleOf(tensors, name)) ?? [];
  }
  return samples;
}

export async function writeFingerprint(dir: string, fingerprint: BaseFingerprint): Promise<void> {
  const text = writeJson({ version: 1, tensors: fingerprint }, { indent: 1 });
  await writeFileAtomic(join(dir, FINGERPRINT_FILE), new TextEncoder().encode(`${text}\n`));
}

/**
 * Compares the base that is loaded with the one that the adapter of a folder was trained on, where that is known.
 *
 * @returns what differs, as notes, where another base is allowed
 * @throws E_ADAPTER_BASE
 */
export async function checkBase(dir: string, base: Base, allowOtherBase: boolean): Promise<readonly string[]> {
  const saved = await readFingerprint(dir);
  if (saved === undefined) return [];
  const names = Object.keys(saved);
  const differing: string[] = [];
  for (const name of names) {
    const [was, is] = [saved[name] ?? [], await sampleOf(base.tensors, name)];
    if (is === undefined) differing.push(`"${name}" is missing`);
    else if (!isClose(was, is)) differing.push(`"${name}" was ${show(was)} and is ${show(is)}`);
  }
  const [first] = differing;
  if (first === undefined) return [];
  const what = `it was trained on another base: of ${names.length} tensors that were noted, ${differing.length} differ (${first})`;
  if (allowOtherBase) return [`${dir}: ${what}; --allow-other-base lets it pass`];
  return fail("E_ADAPTER_BASE", { where: dir, what: `${what}.` });
}

async function sampleOf(tensors: TensorTable, name: string): Promise<readonly number[] | undefined> {
  const entry = tensors.get(name);
  if (entry === undefined) return undefined;
  const size = entry.shape.reduce((a, b) => a * b, 1);
  const count = Math.min(VALUES, size);
  return [...(await readTensor(entry, { start: Math.floor((size - count) / 2), count }))];
}

async function readFingerprint(dir: string): Promise<BaseFingerprint | undefined> {
  const where = join(dir, FINGERPRINT_FILE);
  const text = await readTextIfThere(where, { code: "E_ADAPTER_BASE", limit: 2 ** 20 });
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    json = undefined;
  }
  const tensors = isJsonObject(json) ? json["tensors"] : undefined;
  const isSample = (value: unknown): boolean =>
    Array.isArray(value) && value.length <= VALUES && value.every((number) => typeof number === "number");
  if (!isJsonObject(tensors) || !Object.values(tensors).every(isSample)) {
    return fail("E_ADAPTER_BASE", {
      where,
      what: "the file does not hold the numbers of a base model.",
      fix: "Take the file from the original adapter again; or delete it, and the base is not compared.",
    });
  }
  return tensors as BaseFingerprint;
}

/** bfloat16 keeps 8 bits, float16 nothing below 6e-8. */
function isClose(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((x, i) => Math.abs(x - (b[i] as number)) <= Math.abs(x) / 256 + 6e-8);
}

const show = (values: readonly number[]): string =>
  `[${values
    .slice(0, 3)
    .map((value) => value.toPrecision(4))
    .join(", ")}, ...]`;
