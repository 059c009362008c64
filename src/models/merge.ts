/**
 * Folds a LoRA adapter into its base weights: W + scale B A, tensor by tensor, into a new checkpoint; and
 * compares the two by their logits, because a merge that differs is noticed late.
 *
 * Left out: quantized bases.
 */
import { fail, internal } from "../base/errors.ts";
import { randomAt } from "../base/random.ts";
import { writeDirectoryAtomic } from "../formats/atomic.ts";
import { readTensor } from "../formats/safetensors.ts";
import type { Runtime } from "../runtime/types.ts";
import type { TextFile } from "../text/tokenizer.ts";
import type { LoraModule } from "./adapters/lora.ts";
import { createForward } from "./forward.ts";
import { loadCheckpoint, type Checkpoint, type LoadedAdapter, type LoadedModel } from "./load.ts";
import { EMBEDDING, HEAD, parameterSpecs, type ParameterSpec } from "./parameters.ts";
import { saveFullModel, type SaveDType } from "./save.ts";
import type { TensorTable } from "./weights.ts";

export interface MergeOptions {
  /** Format of the merged weights; default: the base model's own. Merging is in float32. */
  readonly dtype?: SaveDType;
  /** Tokenizer and template to carry; default: those of the model. */
  readonly files?: readonly TextFile[];
  readonly shardBytes?: number;
}

/**
 * Writes the merged checkpoint to `outputDir`, which appears whole or not at all.
 *
 * @throws E_ADAPTER_CONFIG when the model has no adapter.
 */
export async function mergeLora(model: LoadedModel, outputDir: string, options: MergeOptions = {}): Promise<void> {
  const { adapter, config } = model;
  if (adapter === undefined) {
    return fail("E_ADAPTER_CONFIG", {
      where: model.askedDir,
      what: "there is no adapter to merge.",
      fix: "Give the folder of an adapter, for example runs/demo/last.",
    });
  }
  const byWeight = new Map(adapter.lora.modules.map((module) => [weightName(module), module]));
  const untied = config.tied && byWeight.has(`${HEAD}.weight`);
  const head: ParameterSpec = { name: `${HEAD}.weight`, shape: [config.vocabSize, config.hiddenSize] };
  const specs = untied ? [...parameterSpecs(config), head] : parameterSpecs(config);
  await writeDirectoryAtomic(outputDir, (dir) =>
    saveFullModel(dir, {
      model,
      specs,
      dtype: options.dtype ?? storedDType(model),
      files: options.files ?? model.tokenizer.files,
      // An adapted head is no longer the embedding table.
      ...(untied ? { configChanges: { tie_word_embeddings: false } } : {}),
      ...(options.shardBytes === undefined ? {} : { shardBytes: options.shardBytes }),
      read: async (name) => {
        const base = await readTensor(entryOf(model.tensors, untied && name === head.name ? EMBEDDING : name));
        const module = byWeight.get(name);
        return module === undefined ? base : addProduct(base, module, adapter);
      },
    }),
  );
}

/** The tensor a module's product is added to: its own, even where the head is tied. */
function weightName({ linear }: LoraModule): string {
  return `${linear.module}.weight`;
}

function entryOf(tensors: TensorTable, name: string) {
  return tensors.get(name) ?? internal(`no tensor ${name}`);
}

function storedDType({ tensors }: Checkpoint): SaveDType {
  const { dtype } = entryOf(tensors, EMBEDDING);
  return dtype === "bfloat16" || dtype === "float16" ? dtype : "float32";
}

/** weight [out, in] += scale * B [out, rank] A [rank, in], in place. */
async function addProduct(weight: Float32Array, module: LoraModule, adapter: LoadedAdapter): Promise<Float32Array> {
  const { linear, rank, scale } = module;
  const a = await readTensor(entryOf(adapter.tensors, module.a.name));
  const b = await readTensor(entryOf(adapter.tensors, module.b.name));
  const delta = new Float64Array(linear.inSize);
  for (let row = 0; row < linear.outSize; row++) {
    delta.fill(0);
    for (let k = 0; k < rank; k++) {
      const factor = scale * (b[row * rank + k] as number);
      const from = k * linear.inSize;
      for (let column = 0; column < linear.inSize; column++) {
        delta[column] = (delta[column] as number) + factor * (a[from + column] as number);
      }
    }
    const to = row * linear.inSize;
    for (let column = 0; column < linear.inSize; column++) {
      weight[to + column] = (weight[to + column] as number) + (delta[column] as number);
    }
  }
  return weight;
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
  const run = async (from: Pick<LoadedModel, "config" | "tensors" | "adapter">): Promise<readonly Float32Array[]> => {
    const forward = await createForward(runtime, from);
    try {
      return await forward.logits(probes);
    } finally {
      await forward.release();
    }
  };
  const before = await run(model);
  const merged = await loadCheckpoint(mergedDir, { allowUnknownKeys: true });
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
