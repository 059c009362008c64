/**
 * The tensors of a checkpoint against its config.json: what is missing or has another shape, a head beside a flag that
 * says there is none, and tensors that nothing reads. What is found is named with both values; where transformers has a
 * rule, it is followed: a stored head that differs from the embedding table is the head, whatever the flag says.
 */
import { fail } from "../base/errors.ts";
import { readTensor, type CheckpointTensor } from "../formats/safetensors.ts";
import { describe } from "./describe.ts";
import type { Model } from "./model.ts";
import type { ParameterSpec } from "./scope.ts";
import type { TensorTable } from "./weights.ts";

/** Formats that the engine casts to float32 when it loads a weight. */
const castable: ReadonlySet<string> = new Set(["float32", "float64", "float16", "bfloat16"]);
const SHOWN = 6;
/** Numbers of a tensor that are compared at once. */
const PIECE = 2 ** 20;

const shapeText = (shape: readonly number[]): string => `[${shape.join(", ")}]`;
const listed = (texts: readonly string[], shown = SHOWN): string =>
  `${texts.slice(0, shown).join("; ")}${texts.length > shown ? `; and ${texts.length - shown} more` : ""}`;

/** Throws E_MODEL_TENSOR with all tensors that are missing, of another shape or no floats. */
export function checkTensors(tensors: TensorTable, specs: readonly ParameterSpec[], where: string): void {
  const wanted = new Set(specs.map((spec) => spec.name));
  const missing = specs.filter((spec) => !tensors.has(spec.name));
  const faults: string[] = [];
  for (const { name, shape } of specs) {
    const found = tensors.get(name);
    if (found === undefined) continue;
    if (found.shape.join() !== shape.join()) {
      faults.push(`tensor "${name}" has shape ${shapeText(found.shape)}, config.json wants ${shapeText(shape)}`);
    } else if (!castable.has(found.dtype)) {
      faults.push(`tensor "${name}" is ${found.dtype}, wants one of ${[...castable].join(", ")}`);
    }
  }
  if (missing.length > 0) {
    const others = [...tensors.keys()].filter((name) => !wanted.has(name));
    const shown = others.length === 0 ? "" : ` (the files hold unknown ones such as ${others.slice(0, 3).join(", ")})`;
    const names = missing.map(({ name, shape }) => `"${name}" ${shapeText(shape)}`);
    faults.unshift(`tensor ${listed(names)} ${missing.length === 1 ? "is" : "are"} missing${shown}`);
  }
  if (faults.length > 0) fail("E_MODEL_TENSOR", { where, what: `${listed(faults)}.` });
}

export interface Head {
  readonly model: Model;
  /** To be shown once. */
  readonly notices: readonly string[];
}

/** The model with the head that is stored: its own where config.json says tied and the file has another. */
export async function settleHead(model: Model, tensors: TensorTable): Promise<Head> {
  const { module } = model.head;
  const own = tensors.get(`${module.path}.weight`);
  const table = tensors.get(module.weight);
  if (!model.facts.tied || own === undefined || table === undefined) return { model, notices: [] };
  if (await sameNumbers(own, table)) return { model, notices: [] };
  return {
    model: model.withFacts({ tied: false }),
    notices: [
      `config.json says tie_word_embeddings: true, but ${module.path}.weight ${shapeText(own.shape)} is stored and differs ` +
        `from ${module.weight}; the stored head is used, as transformers does, and checkpoints say tie_word_embeddings: false`,
    ],
  };
}

async function sameNumbers(a: CheckpointTensor, b: CheckpointTensor): Promise<boolean> {
  if (a.shape.join() !== b.shape.join()) return false;
  const size = a.shape.reduce((product, dim) => product * dim, 1);
  for (let start = 0; start < size; start += PIECE) {
    const range = { start, count: Math.min(PIECE, size - start) };
    const [x, y] = [await readTensor(a, range), await readTensor(b, range)];
    if (!x.every((value, i) => value === y[i])) return false;
  }
  return true;
}

async function isZero(entry: CheckpointTensor): Promise<boolean> {
  return castable.has(entry.dtype) && (await readTensor(entry)).every((value) => value === 0);
}

/**
 * Stored tensors that no part of the model reads: a note where they cannot matter, an error where the model that was
 * trained computed with them (a bias or a norm inside its layers, a layer beyond their number).
 * @throws E_MODEL_TENSOR
 */
export async function noteUnreadTensors(tensors: TensorTable, model: Model, where: string): Promise<readonly string[]> {
  const { specs, modules } = describe(model);
  const read = new Set(specs.map((spec) => spec.name));
  // A copy of the embedding table beside a tied head was compared before.
  read.add(`${model.head.module.path}.weight`);
  const unread = [...tensors].filter(([name]) => !read.has(name));
  if (unread.length === 0) return [];
  const text = ([name, { shape }]: readonly [string, CheckpointTensor]): string => `${name} ${shapeText(shape)}`;
  const paths = modules.map(({ path }) => path);
  const blocks = new Set(model.blocks.map(({ path }) => path));
  const matters: string[] = [];
  for (const entry of unread) {
    if (model.leavesOut?.(entry[0]) === true) continue;
    if (await changesResult(entry, { paths, blocks })) matters.push(text(entry));
  }
  if (matters.length > 0) {
    fail("E_MODEL_TENSOR", {
      where,
      what: `${matters.length} stored tensor${matters.length === 1 ? "" : "s"} would change what the model computes, but config.json gives no place to them: ${listed(matters)}.`,
      fix: "Take config.json and the safetensors files from the same model; biases need attention_bias or mlp_bias, layers num_hidden_layers.",
    });
  }
  const some = unread.length === 1 ? "tensor of the files is" : "tensors of the files are";
  return [`${unread.length} ${some} read by nothing: ${listed(unread.map(text), 3)}`];
}

async function changesResult(
  [name, entry]: readonly [string, CheckpointTensor],
  { paths, blocks }: { readonly paths: readonly string[]; readonly blocks: ReadonlySet<string> },
): Promise<boolean> {
  const module = name.slice(0, name.lastIndexOf("."));
  if (name.endsWith(".bias")) {
    const known = paths.includes(module) || [...blocks].some((path) => name.startsWith(`${path}.`));
    return known && !(await isZero(entry));
  }
  if (!name.endsWith(".weight")) return false;
  const layer = /^(.*layers\.)\d+\./.exec(name);
  // Inside a layer, or in one more layer than config.json says.
  return layer !== null && [...blocks].some((path) => path.startsWith(layer[1] as string));
}
