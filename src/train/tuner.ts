/**
 * A tuner at work on a loaded model: what is trained and where it starts, where frozen weights lie, and the model's
 * files in a checkpoint. A tuning that has files of its own is written beside its base, any other as a whole model.
 */
import { join } from "node:path";
import { fail, internal } from "../base/errors.ts";
import { readTensor } from "../formats/safetensors.ts";
import { fingerprintOf, type BaseFingerprint } from "../models/base-fingerprint.ts";
import { describe } from "../models/describe.ts";
import { loadAdapter, loadCheckpoint, type LoadedModel } from "../models/load.ts";
import { saveAdapter, saveFullModel, type SaveDType } from "../models/save.ts";
import type { ParameterSpec } from "../models/scope.ts";
import { withStopIds } from "../models/stop-ids.ts";
import { tuners } from "../models/tuners/index.ts";
import type { AdapterTuning, TensorValues, Tuning } from "../models/tuners/tuner.ts";
import { weightSource, type StoredTensor } from "../models/bound.ts";
import { readParameters, type TensorTable } from "../models/weights.ts";
import type { TrainingArgs } from "../recipes/sft.ts";
import type { CompileOptions } from "../runtime/types.ts";
import { checkpointFiles } from "../text/checkpoint-files.ts";

export interface TrainedModel {
  readonly model: LoadedModel["model"];
  readonly tuning: Tuning;
  /** What is trained and the base model does not have. */
  readonly added: readonly ParameterSpec[];
  /** Starting values. */
  readonly initial: () => Promise<TensorValues>;
  /** Where frozen weights lie. */
  readonly compile: () => Promise<CompileOptions>;
  readonly files: ModelFiles;
}

/** The model in a checkpoint of a run. */
export interface ModelFiles {
  readonly write: (dir: string, parameters: TensorValues) => Promise<void>;
  /** Whether they hold the trained parameters in float32. */
  readonly exact: boolean;
  /** Trained parameters as they hold them. */
  readonly read: (dir: string) => Promise<TensorValues>;
}

/** @throws E_ADAPTER_* when the settings or the loaded adapter do not fit */
export function openTuner(model: LoadedModel, args: TrainingArgs): TrainedModel {
  const tuner = tuners.get(args.tuner_type) ?? internal(`no tuner ${args.tuner_type}`);
  const { adapter } = model;
  if (adapter !== undefined && adapter.tuner !== tuner) {
    fail("E_ADAPTER_CONFIG", {
      where: adapter.dir,
      what: `an adapter of ${adapter.tuner.name} cannot be trained with tuner_type ${tuner.name}.`,
      fix: `Give --tuner-type ${adapter.tuner.name}; or merge it first with merge-lora, then train the merged model.`,
    });
  }
  const tuning = adapter?.tuning ?? tuner.create(model.model, args);
  const own = new Set(tuning.specs.map(({ name }) => name));
  const frozen = new Map([...model.tensors].filter(([name]) => !own.has(name)));
  const base = (name: string) => readTensor(model.tensors.get(name) ?? internal(`no tensor ${name}`));
  const { peft } = tuning;
  // Made once: what starts and what is kept beside it belong together.
  let made: Promise<TensorValues> | undefined;
  const start = (): Promise<TensorValues> =>
    (made ??=
      adapter === undefined ? tuning.start(args.seed, base) : readParameters(adapter.tensors, adapter.tensors.keys()));
  const only = async (names: Iterable<string>): Promise<TensorValues> => {
    const all = await start();
    return new Map([...names].map((name) => [name, valuesOf(all, name)]));
  };
  const keptNames = (tuning.kept ?? []).map(({ name }) => name);
  const kept = async (): Promise<TensorValues> => (keptNames.length === 0 ? new Map() : only(keptNames));
  return {
    model: model.model,
    tuning,
    added: tuning.specs.filter(({ name }) => !model.tensors.has(name)),
    initial: async () => (keptNames.length === 0 ? start() : only(own)),
    compile: async () => {
      const beside = [...(await kept())].map(([name, { buffer, byteOffset, byteLength }]): [string, StoredTensor] => [
        name,
        { dtype: "float32", bytes: new Uint8Array(buffer, byteOffset, byteLength) },
      ]);
      return frozen.size + beside.length === 0 ? {} : weightSource(new Map([...frozen, ...beside]));
    },
    files:
      peft === undefined
        ? wholeModel(model, args, tuning)
        : adapterFiles(model, args, { tuning: { ...tuning, peft }, kept }),
  };
}

function adapterFiles(
  model: LoadedModel,
  args: TrainingArgs,
  { tuning, kept }: { readonly tuning: AdapterTuning; readonly kept: () => Promise<TensorValues> },
): ModelFiles {
  let base: Promise<BaseFingerprint> | undefined;
  return {
    write: async (dir, parameters) => {
      const beside = await kept();
      return saveAdapter(dir, {
        tuning,
        base: await (base ??= fingerprintOf(model)),
        read: (name) => parameters.get(name) ?? valuesOf(beside, name),
        baseModel: args.model,
        ...taught(model, args),
      });
    },
    exact: true,
    read: async (dir) =>
      readParameters(
        (await loadAdapter(dir, model)).tensors,
        tuning.specs.map(({ name }) => name),
      ),
  };
}

function wholeModel(model: LoadedModel, args: TrainingArgs, tuning: Tuning): ModelFiles {
  const dtype = args.torch_dtype ?? storedDType(model.tensors);
  const entryOf = (tensors: TensorTable, name: string) => tensors.get(name) ?? internal(`no tensor ${name}`);
  return {
    write: (dir, parameters) =>
      saveFullModel(dir, {
        model,
        specs: describe(model.model).specs,
        read: (name) => parameters.get(name) ?? readTensor(entryOf(model.tensors, name)),
        dtype,
        ...taught(model, args),
      }),
    exact: dtype === "float32",
    read: async (dir) => {
      const { tensors } = await loadCheckpoint(dir, { allowConfigKeys: Object.keys(model.rawConfig) });
      const values = new Map<string, Float32Array>();
      for (const { name } of tuning.specs) {
        const entry =
          tensors.get(name) ?? fail("E_TRAIN_CHECKPOINT", { where: join(dir, name), what: "the tensor is missing." });
        values.set(name, await readTensor(entry));
      }
      return values;
    },
  };
}

const valuesOf = (parameters: TensorValues, name: string): Float32Array =>
  parameters.get(name) ?? internal(`no parameter ${name}`);

/** Where answers end, and the tokenizer, with the template when the run used one. */
function taught(model: LoadedModel, args: TrainingArgs) {
  return {
    generationConfig: withStopIds(model, taughtStopIds(model, args)),
    files: checkpointFiles(model.tokenizer, args.use_chat_template ? model.template : undefined),
  };
}

/** What ends the answers that a run teaches. */
export function taughtStopIds(model: LoadedModel, args: TrainingArgs): readonly number[] {
  const { tokenizer } = model;
  if (args.use_chat_template) return model.template.stop.ids;
  return tokenizer.eosId === undefined ? [] : [tokenizer.eosId];
}

/** The format most weights of a checkpoint are stored in. */
function storedDType(tensors: TensorTable): SaveDType {
  const [first] = tensors.values();
  return first?.dtype === "bfloat16" || first?.dtype === "float16" ? first.dtype : "float32";
}
