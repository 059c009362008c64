/**
 * The arguments of a run as its checkpoints keep them: with every path whole, so that a run is resumed from any folder.
 * Names on the hub stay names. Whether the run was resumed, or replaced another, is no part of it.
 */
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isGlob } from "../data/glob.ts";
import { parseDatasetSpec } from "../data/source.ts";
import { rowReaderOf } from "../formats/row-readers.ts";
import { modelReference } from "../models/files/find-model.ts";
import { trainingShape, type TrainingArgs } from "../recipes/sft.ts";

export async function savedArgs(args: TrainingArgs): Promise<Readonly<Record<string, unknown>>> {
  const { resume_from_checkpoint: _, overwrite_output_dir: __, ...given } = args;
  const { template, loss_scale: lossScale } = args;
  const whole: Partial<TrainingArgs> = {
    ...given,
    model: await modelReference(args.model),
    adapters: args.adapters.map((adapter) => resolve(adapter)),
    dataset: await Promise.all(args.dataset.map(wholeDataset)),
    val_dataset: await Promise.all(args.val_dataset.map(wholeDataset)),
    output_dir: resolve(args.output_dir),
    sampler_args: await wholeFiles(args.sampler_args),
    loss_scale: lossScale
      .split("+")
      .map((name) => (name.trim().endsWith(".json") ? resolve(name.trim()) : name))
      .join("+"),
    ...(template === undefined ? {} : { template: resolve(template) }),
  };
  // In one order, wherever each came from: a resumed run writes the same bytes.
  return Object.fromEntries(
    Object.keys(trainingShape).flatMap((key) =>
      Object.hasOwn(whole, key) ? [[key, whole[key as keyof typeof whole]]] : [],
    ),
  );
}

const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;

async function wholeDataset(text: string): Promise<string> {
  const { path, take } = await parseDatasetSpec(text);
  if (!isGlob(path) && !(await isThere(path))) return text;
  return take === undefined ? resolve(path) : `${resolve(path)}#${take}`;
}

/** Samplers name files of rows in their arguments. */
async function wholeFiles(args: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
  const entries = Object.entries(args).map(async ([key, value]) => {
    const isFile = typeof value === "string" && rowReaderOf(value) !== undefined && (await isThere(value));
    return [key, isFile ? resolve(value) : value] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
