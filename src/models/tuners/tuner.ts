/**
 * What a tuner is: a way to say what is trained on a model, beside or inside of its weights. `create` resolves it on
 * one model; the {@link Tuning} that comes of it is all that training, generation, merging and saving know.
 * docs/decisions/0010-tuners.md says why it has this shape.
 */
import type { Tensor } from "../../tensor/index.ts";
import type { Leaf } from "../access.ts";
import type { JsonObject } from "../config-reader.ts";
import type { Model } from "../model.ts";
import type { Interceptor, ParameterSpec } from "../scope.ts";

/** The words of recipes that tuners read; recipes/tuner.ts says what each means. */
export interface TunerSettings {
  readonly lora_rank: number;
  readonly lora_alpha: number;
  readonly lora_dropout: number;
  readonly use_rslora: boolean;
  readonly use_dora: boolean;
  readonly lora_bias: boolean;
  readonly modules_to_save: readonly string[];
  readonly target_modules: readonly string[];
  readonly target_regex?: string | undefined;
  readonly vera_rank: number;
  readonly vera_dropout: number;
  readonly feedforward_modules: readonly string[];
  readonly freeze_parameters: readonly string[];
  readonly freeze_parameters_regex?: string | undefined;
  readonly freeze_parameters_ratio: number;
  readonly trainable_parameters: readonly string[];
  readonly trainable_parameters_regex?: string | undefined;
}

export type SettingName = keyof TunerSettings;

export type TensorValues = ReadonlyMap<string, Float32Array>;

/** Values of a tensor of the base model. */
export type ReadTensor = (name: string) => Promise<Float32Array>;

export interface InterceptOptions {
  /** int32 [batch, time], a random number for each token; in training with dropout alone. */
  readonly dropoutRows?: Tensor | undefined;
}

/** PEFT's files of what a tuning adds to a base model. */
export interface PeftFiles {
  /** adapter_config.json; `baseModel` is a path or a name. */
  readonly config: (baseModel: string) => JsonObject;
  /** Name in adapter_model.safetensors of a trained tensor. */
  readonly storedName: (name: string) => string;
}

/** A tuner resolved on one model. */
export interface Tuning {
  /** For people: "lora, rank 8". */
  readonly name: string;
  /** What is trained: tensors of the model, or such as stand beside it. */
  readonly specs: readonly ParameterSpec[];
  /** What lies beside the trained tensors in the same file and is never trained; `start` gives it, too. */
  readonly kept?: readonly ParameterSpec[];
  /** Whether training takes random numbers for dropout. */
  readonly dropout: boolean;
  readonly start: (seed: number, read: ReadTensor) => Promise<TensorValues>;
  /** Puts it on a model; `leaf` makes the trained tensors. */
  readonly intercept: (leaf: Leaf, options?: InterceptOptions) => Interceptor;
  /** Why it cannot be folded into the weights of its base, when it cannot: "it adds tokens before each text". */
  readonly unmergeable?: string;
  /** Absent: what is trained are the model's own tensors, and a checkpoint is a whole model. */
  readonly peft?: PeftFiles;
}

/** A tuning that lies beside its base in files of its own. */
export type AdapterTuning = Tuning & { readonly peft: PeftFiles };

export interface Tuner {
  /** Value of `tuner_type`. */
  readonly name: string;
  /** One sentence for docs and help. */
  readonly about: string;
  /** Settings that decide what is trained: a run goes on with the same alone. */
  readonly fixed: readonly SettingName[];
  /** Settings that may change when a run goes on. */
  readonly free: readonly SettingName[];
  /** Highest rate of the schedule unless another is given. */
  readonly learningRate: number;
  /** @throws E_ADAPTER_* for settings that do not fit the model */
  readonly create: (model: Model, settings: TunerSettings) => Tuning;
  /** How adapter_config.json is read; absent where no adapter comes of it. */
  readonly peft?: {
    /** `peft_type` in adapter_config.json. */
    readonly type: string;
    /** What it settles, in the words of recipes; PEFT's defaults for what it does not say. */
    readonly settings: (json: JsonObject) => Readonly<Partial<Record<SettingName, unknown>>>;
    /** @throws E_ADAPTER_CONFIG with everything that is not supported */
    readonly read: (json: JsonObject, where: string, model: Model) => AdapterTuning;
  };
}
