/**
 * What is trained and how it is written: all weights, or low-rank adapters beside frozen ones. A tuner is the
 * trainable tensors, their starting values, where frozen ones lie, and the model's files in a checkpoint.
 */
import { join } from "node:path";
import { fail } from "../base/errors.ts";
import { readTensor } from "../formats/safetensors.ts";
import { createLora, initialLora, type Lora } from "../models/adapters/lora.ts";
import { loadAdapter, loadCheckpoint, type LoadedModel } from "../models/load.ts";
import { parameterSpecs, type ParameterSpec } from "../models/parameters.ts";
import { saveAdapter, saveFullModel, type SaveDType } from "../models/save.ts";
import { readParameters, weightSource, type TensorTable } from "../models/weights.ts";
import type { TrainingArgs } from "../recipes/sft.ts";
import type { CompileOptions } from "../runtime/types.ts";
import { checkpointFiles } from "../text/checkpoint-files.ts";

export interface Tuner {
  readonly name: string;
  readonly lora: Lora | undefined;
  readonly specs: readonly ParameterSpec[];
  /** Starting values. */
  readonly initial: () => Promise<ReadonlyMap<string, Float32Array>>;
  /** Where frozen weights lie. */
  readonly compile: () => Promise<CompileOptions>;
  readonly writeModel: (dir: string, parameters: ReadonlyMap<string, Float32Array>) => Promise<void>;
  /** Whether the model's files hold the parameters in float32. */
  readonly exact: boolean;
  /** Parameters as the model's files of a checkpoint hold them. */
  readonly readModel: (dir: string) => Promise<ReadonlyMap<string, Float32Array>>;
}

export function createTuner(model: LoadedModel, args: TrainingArgs): Tuner {
  return args.tuner_type === "lora" ? loraTuner(model, args) : fullTuner(model, args);
}

function loraTuner(model: LoadedModel, args: TrainingArgs): Tuner {
  const { adapter, config } = model;
  const lora =
    adapter?.lora ??
    createLora(config, {
      rank: args.lora_rank,
      alpha: args.lora_alpha,
      dropout: args.lora_dropout,
      rslora: args.use_rslora,
      targetModules:
        args.target_regex ?? (args.target_modules.includes("all-linear") ? "all-linear" : args.target_modules),
    });
  const read = (tensors: TensorTable) =>
    readParameters(
      tensors,
      lora.specs.map(({ name }) => name),
    );
  return {
    name: `lora, rank ${lora.options.rank}`,
    lora,
    specs: lora.specs,
    initial: async () => (adapter === undefined ? initialLora(lora, args.seed) : read(adapter.tensors)),
    compile: () => weightSource(model.tensors),
    writeModel: (dir, parameters) =>
      saveAdapter(dir, {
        lora,
        config,
        read: (name) => parameters.get(name) as Float32Array,
        baseModel: args.model,
        files: checkpointFiles(model.tokenizer, usedTemplate(model, args)),
      }),
    exact: true,
    readModel: async (dir) => read((await loadAdapter(dir, model)).tensors),
  };
}

function fullTuner(model: LoadedModel, args: TrainingArgs): Tuner {
  if (model.adapter !== undefined) {
    fail("E_ADAPTER_CONFIG", {
      where: model.adapter.dir,
      what: "an adapter cannot be trained with tuner_type full.",
      fix: "Merge it first with merge-lora, then train the merged model.",
    });
  }
  const specs = parameterSpecs(model.config);
  const dtype = args.torch_dtype ?? storedDType(model.tensors);
  return {
    name: "full",
    lora: undefined,
    specs,
    initial: () =>
      readParameters(
        model.tensors,
        specs.map(({ name }) => name),
      ),
    compile: () => Promise.resolve({}),
    writeModel: (dir, parameters) =>
      saveFullModel(dir, {
        model,
        specs,
        read: (name) => parameters.get(name) as Float32Array,
        dtype,
        files: checkpointFiles(model.tokenizer, usedTemplate(model, args)),
      }),
    exact: dtype === "float32",
    readModel: async (dir) => {
      const { tensors } = await loadCheckpoint(dir);
      const values = new Map<string, Float32Array>();
      for (const { name } of specs) {
        const entry =
          tensors.get(name) ?? fail("E_TRAIN_CHECKPOINT", { where: join(dir, name), what: "the tensor is missing." });
        values.set(name, await readTensor(entry));
      }
      return values;
    },
  };
}

/** A template travels with the checkpoint when the run used one. */
function usedTemplate(model: LoadedModel, args: TrainingArgs): LoadedModel["template"] | undefined {
  return args.use_chat_template ? model.template : undefined;
}

/** The format most weights of a checkpoint are stored in. */
function storedDType(tensors: TensorTable): SaveDType {
  const [first] = tensors.values();
  return first?.dtype === "bfloat16" || first?.dtype === "float16" ? first.dtype : "float32";
}
