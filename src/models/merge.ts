/**
 * Folds an adapter into the weights of its base, tensor by tensor, into a new checkpoint; and
 * compares the two by their logits, because a merge that differs is noticed late.
 *
 * Left out: quantized bases.
 */
import { fail, internal } from "../base/errors.ts";
import { randomAt } from "../base/random.ts";
import { writeDirectoryAtomic } from "../formats/atomic.ts";
import { checkOutputFolder, realOutput, whileLocked } from "../formats/output.ts";
import { readTensor } from "../formats/safetensors.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import type { Runtime } from "../runtime/types.ts";
import type { TextFile } from "../text/tokenizer.ts";
import { refuseCarriedLinks } from "./carried-files.ts";
import type { StoredModel } from "./bound.ts";
import { createForward } from "./forward.ts";
import { loadCheckpoint, type Checkpoint, type LoadedModel } from "./load.ts";
import { describe } from "./describe.ts";
import { isModelFile, saveFullModel, type SaveDType } from "./save.ts";
import { templateStopIds, withStopIds } from "./stop-ids.ts";
import { planMerge } from "./tuners/merged.ts";
import type { TensorTable } from "./weights.ts";

export interface MergeOptions {
  /** Format of the merged weights; default: the base model's own. Merging is in float32. */
  readonly dtype?: SaveDType;
  /** Tokenizer and template to carry; default: those of the model. */
  readonly files?: readonly TextFile[];
  readonly shardBytes?: number;
  /** What computes the merged tensors; default: one for the CPU. */
  readonly runtime?: Runtime;
  /** Replaces a checkpoint that is in the folder. */
  readonly overwrite?: boolean;
  /** Looks at the merged checkpoint before it takes its place; when this throws, nothing has changed. */
  readonly check?: (dir: string) => Promise<void>;
}

/**
 * Writes the merged checkpoint to `outputDir`, which appears whole or not at all.
 *
 * @throws E_ADAPTER_CONFIG when the model has no adapter; E_OUTPUT_* before anything is written
 */
export async function mergeLora(model: LoadedModel, outputDir: string, options: MergeOptions = {}): Promise<void> {
  const { adapter } = model;
  if (adapter === undefined) {
    return fail("E_ADAPTER_CONFIG", {
      where: model.askedDir,
      what: "there is no adapter to merge.",
      fix: "Give the folder of an adapter, for example runs/demo/last.",
    });
  }
  const read = (tensors: TensorTable) => (name: string) => readTensor(entryOf(tensors, name));
  const merge = planMerge(model.model, adapter.tuning, options.runtime ?? createNodeRuntime({ device: "cpu" }), {
    base: read(model.tensors),
    adapter: read(adapter.tensors),
  });
  const { untied } = merge;
  const { specs } = describe(merge.model);
  const head = model.model.head.module;
  await refuseCarriedLinks([model.dir, adapter.dir]);
  await checkOutputFolder(outputDir, {
    inputs: [model.dir, model.askedDir, adapter.dir],
    overwrite: options.overwrite ?? false,
    isOwn: isModelFile,
  });
  // Where the folder is named by a link, the folder is written and the link stays.
  const target = await realOutput(outputDir);
  const fill = async (dir: string): Promise<void> => {
    await saveFullModel(dir, {
      model,
      specs,
      dtype: options.dtype ?? storedDType(model),
      files: options.files ?? model.tokenizer.files,
      generationConfig: withStopIds(model, templateStopIds(model)),
      ...(untied ? { configChanges: { tie_word_embeddings: false } } : {}),
      ...(options.shardBytes === undefined ? {} : { shardBytes: options.shardBytes }),
      // An untied head that the adapter leaves alone is the table that it was.
      read: async (name) =>
        (await merge.read(name)) ?? readTensor(model.tensors.get(name) ?? entryOf(model.tensors, head.weight)),
    });
    await options.check?.(dir);
  };
  await whileLocked(target, () => writeDirectoryAtomic(target, fill));
}

function entryOf(tensors: TensorTable, name: string) {
  return tensors.get(name) ?? internal(`no tensor ${name}`);
}

/** The format that a merge is written in unless another is asked for. */
export function storedDType({ tensors, model }: Checkpoint): SaveDType {
  const { dtype } = entryOf(tensors, model.head.module.weight);
  return dtype === "bfloat16" || dtype === "float16" ? dtype : "float32";
}

export interface MergeCheck {
  /** Largest absolute difference of any logit. */
  readonly maxDifference: number;
  /** Largest absolute logit, to judge the difference by. */
  readonly maxLogit: number;
  /** Share of tokens after which both models prefer the same next token. */
  readonly greedyAgreement: number;
  readonly tokens: number;
}

/** How far logits may lie apart, as a share of the largest: rounding of the format, many times over. */
const tolerances: Readonly<Record<SaveDType, number>> = { float32: 1e-3, float16: 2e-2, bfloat16: 1e-1 };

/** @throws E_MODEL_MERGE when the two lie further apart than the format's rounding explains, or are no numbers */
export function refuseDifference(check: MergeCheck, dtype: SaveDType, where: string): void {
  const allowed = tolerances[dtype] * Math.max(1, check.maxLogit);
  // Written so that NaN is refused.
  if (check.maxDifference <= allowed) return;
  fail("E_MODEL_MERGE", {
    where,
    what:
      `the largest difference of a logit is ${check.maxDifference.toPrecision(3)}, for ${dtype} at most ` +
      `${allowed.toPrecision(3)} is rounding (logits reach ${check.maxLogit.toPrecision(3)}); the same next token in ` +
      `${(100 * check.greedyAgreement).toFixed(1)}% of ${check.tokens} places.`,
  });
}

export interface VerifyOptions {
  /** Token ids to compare on; default: random ones. */
  readonly probes?: readonly (readonly number[])[];
}

/** Runs base with adapter and the merged checkpoint on the same tokens. */
export async function verifyMerge(
  runtime: Runtime,
  model: LoadedModel,
  mergedDir: string,
  options: VerifyOptions = {},
): Promise<MergeCheck> {
  const probes = options.probes ?? randomProbes(model.config.vocabSize);
  const run = async (from: StoredModel): Promise<readonly Float32Array[]> => {
    const forward = await createForward(runtime, from);
    try {
      return await forward.logits(probes);
    } finally {
      await forward.release();
    }
  };
  const before = await run(model);
  const merged = await loadCheckpoint(mergedDir, { allowConfigKeys: Object.keys(model.rawConfig) });
  return compare(before, await run({ ...merged, adapter: undefined }), model.config.vocabSize);
}

function randomProbes(vocabSize: number): readonly (readonly number[])[] {
  const random = randomAt("merge-probe");
  return Array.from({ length: 4 }, () => Array.from({ length: 32 }, () => random.integer(vocabSize)));
}

function compare(a: readonly Float32Array[], b: readonly Float32Array[], vocabSize: number): MergeCheck {
  let [maxDifference, maxLogit, agreed, tokens] = [0, 0, 0, 0];
  for (const [row, left] of a.entries()) {
    const right = b[row] ?? internal("rows differ");
    for (let start = 0; start < left.length; start += vocabSize) {
      let [bestLeft, bestRight] = [start, start];
      for (let i = start; i < start + vocabSize; i++) {
        const [x, y] = [left[i] as number, right[i] as number];
        const difference = Math.abs(x - y);
        // Written so that NaN is kept.
        if (!(difference <= maxDifference)) maxDifference = difference;
        maxLogit = Math.max(maxLogit, Math.abs(x));
        if (x > (left[bestLeft] as number)) bestLeft = i;
        if (y > (right[bestRight] as number)) bestRight = i;
      }
      agreed += Number(bestLeft === bestRight);
      tokens++;
    }
  }
  return { maxDifference, maxLogit, greedyAgreement: tokens === 0 ? 1 : agreed / tokens, tokens };
}
