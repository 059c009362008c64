/**
 * Several full checkpoints of one shape into one, tensor by tensor: no model need fit in memory. Config, tokenizer and
 * chat template are those of the first model; how it was made is kept beside it as mergekit_config.yml, from which
 * mergekit makes the same (but for its own random numbers).
 *
 * Left out: models of different depth or width, and one tokenizer made of several.
 */
import { join } from "node:path";
import { stringify } from "yaml";
import { fail, internal } from "../../base/errors.ts";
import { writeDirectoryAtomic, writeFileAtomic } from "../../formats/atomic.ts";
import { checkOutputFolder, realOutput, whileLocked } from "../../formats/output.ts";
import { readRegularFile } from "../../formats/read-file.ts";
import { readTensor } from "../../formats/safetensors.ts";
import { refuseCarriedLinks } from "../carried-files.ts";
import { describe } from "../describe.ts";
import { loadCheckpoint, type Checkpoint } from "../load.ts";
import { storedDType } from "../merge.ts";
import { isModelFile, MERGE_RECORD, readCarriedFiles, saveFullModel, type SaveDType } from "../save.ts";
import type { ReadConfigOptions } from "../config.ts";
import { mergeMethods, type MergeMethodName } from "./index.ts";
import type { MergeInputs, MergeNumbers } from "./method.ts";

export interface MergeModelsOptions extends ReadConfigOptions {
  readonly method: MergeMethodName;
  /** Folders of the models. */
  readonly models: readonly string[];
  /** Folder of the model that they began from, for methods on task vectors. */
  readonly base?: string | undefined;
  readonly numbers: MergeNumbers;
  /** Default: the first model's own. Merging is in float64. */
  readonly dtype?: SaveDType | undefined;
  /** Replaces a checkpoint that is in the folder. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface MergedModels {
  readonly tensors: number;
  /** Where the models differ in what is taken from the first alone; to be shown. */
  readonly notes: readonly string[];
}

/**
 * Writes the merged checkpoint to `outputDir`, which appears whole or not at all.
 *
 * @throws E_MODEL_TENSOR when the models differ in names or shapes, E_MODEL_MERGE when a result is not finite, E_OUTPUT_*
 */
export async function mergeModels(outputDir: string, options: MergeModelsOptions): Promise<MergedModels> {
  const { models: dirs, base: baseDir, signal, onProgress } = options;
  const method = mergeMethods[options.method];
  const load = (dir: string) => loadCheckpoint(dir, options);
  const models = await Promise.all(dirs.map(load));
  const first = models[0] ?? internal("no model to merge");
  const base = baseDir === undefined ? undefined : await load(baseDir);
  if (method.base && base === undefined) internal(`${options.method} without a base`);
  const others = [...models.slice(1), ...(base === undefined ? [] : [base])];
  for (const other of others) refuseOtherShape(first, other);
  const read = [...dirs, ...(baseDir === undefined ? [] : [baseDir])];
  await refuseCarriedLinks([first.dir]);
  await checkOutputFolder(outputDir, { inputs: read, overwrite: options.overwrite ?? false, isOwn: isModelFile });
  const target = await realOutput(outputDir);
  const { specs } = describe(first.model);
  let done = 0;
  const combine = async (name: string): Promise<Float32Array> => {
    signal?.throwIfAborted();
    const inputs: MergeInputs = {
      ...options.numbers,
      name,
      models: await Promise.all(models.map((model) => valuesOf(model, name))),
    };
    const merged = method.base
      ? method.merge({ ...inputs, base: await valuesOf(base as Checkpoint, name) })
      : method.merge(inputs);
    refuseNotFinite(merged, name);
    onProgress?.(++done, specs.length);
    return merged;
  };
  const files = await readCarriedFiles(first.dir);
  const dtype = options.dtype ?? storedDType(first);
  await whileLocked(target, () =>
    writeDirectoryAtomic(target, async (dir) => {
      await saveFullModel(dir, { model: first, specs, dtype, files, read: combine });
      await writeFileAtomic(join(dir, MERGE_RECORD), new TextEncoder().encode(recordOf(options, dtype)));
    }),
  );
  const notes = await Promise.all(others.map((other) => tokenizerNote(first, other)));
  return { tensors: specs.length, notes: notes.flat() };
}

/** Names and shapes that are in one and not in the other, both said. */
function refuseOtherShape(first: Checkpoint, other: Checkpoint): void {
  const shapes = ({ model }: Checkpoint) =>
    new Map(describe(model).specs.map(({ name, shape }) => [name, `[${shape.join(", ")}]`]));
  const [ours, theirs] = [shapes(first), shapes(other)];
  const differing = [...new Set([...ours.keys(), ...theirs.keys()])].filter(
    (name) => ours.get(name) !== theirs.get(name),
  );
  if (differing.length === 0) return;
  const say = (name: string): string => `"${name}" ${ours.get(name) ?? "absent"} and ${theirs.get(name) ?? "absent"}`;
  const shown = differing.slice(0, 5).map(say).join("; ");
  const more = differing.length > 5 ? ` and ${differing.length - 5} more` : "";
  fail("E_MODEL_TENSOR", {
    where: `${first.dir} and ${other.dir}`,
    what: `the two have other tensors: ${shown}${more}.`,
    fix: "Merge models that were fine-tuned from one base model, with the same vocabulary.",
  });
}

function valuesOf({ tensors }: Checkpoint, name: string): Promise<Float32Array> {
  return readTensor(tensors.get(name) ?? internal(`no tensor ${name}`));
}

function refuseNotFinite(values: Float32Array, name: string): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at === -1) return;
  fail("E_MODEL_MERGE", {
    where: name,
    what: `entry ${at} of the merged tensor is ${values[at]}.`,
    fix: "Nothing was kept of it. Look for numbers that are not finite in the models, and for weights that cancel while normalize is on.",
  });
}

async function tokenizerNote(first: Checkpoint, other: Checkpoint): Promise<readonly string[]> {
  const read = ({ dir }: Checkpoint) =>
    readRegularFile(join(dir, "tokenizer.json"), { code: "E_MODEL_FILE", limit: 2 ** 28 }).catch(() => undefined);
  const [ours, theirs] = await Promise.all([read(first), read(other)]);
  if (ours === undefined || theirs === undefined || Buffer.compare(ours, theirs) === 0) return [];
  return [`tokenizer.json of ${other.dir} differs; that of ${first.dir} is kept`];
}

/** In mergekit's own layout. */
function recordOf({ method, models, base, numbers }: MergeModelsOptions, dtype: SaveDType): string {
  const reads = new Set<keyof MergeNumbers>(mergeMethods[method].reads);
  const shared = (["lambda", "normalize", "t"] as const).filter((key) => reads.has(key));
  return stringify({
    merge_method: method,
    ...(base === undefined ? {} : { base_model: base }),
    models: models.map((model, m) => ({
      model,
      parameters: {
        ...(reads.has("weights") ? { weight: numbers.weights[m] } : {}),
        ...(reads.has("density") ? { density: numbers.density[m] } : {}),
      },
    })),
    parameters: Object.fromEntries(shared.map((key) => [key, numbers[key]])),
    ...(reads.has("seed") ? { random_seed: numbers.seed } : {}),
    dtype: "float32",
    out_dtype: dtype,
  });
}
