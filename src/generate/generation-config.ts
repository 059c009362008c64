/**
 * Options of generation from generation_config.json, where the caller names none. Follows transformers: the file
 * holds until the caller says otherwise, option by option, and nothing is sampled unless `do_sample` is true.
 * Stop ids are the file's `eos_token_id` (one or several), else config.json's, else the tokenizer's; and what ends a
 * turn of the checkpoint's chat template.
 *
 * Differs from transformers, on purpose:
 * - naming a temperature, topK, topP or minP asks for sampling, and temperature 0 never samples;
 * - top-k is off unless somebody names it (transformers: 50), length ends at the context (transformers: 20 tokens);
 * - what the caller says of length replaces all that the file says of it.
 */
import { fail } from "../base/errors.ts";
import type { LoadedModel } from "../models/load.ts";
import { endIds, templateStopIds } from "../models/stop-ids.ts";
import { checkSampling, type SamplingOptions } from "./sampling.ts";

export interface LengthAndStops {
  /** Most tokens to generate; default: generation_config.json's, else until the context is full. */
  readonly maxNewTokens?: number;
  /** Most tokens of prompt and answer; default: generation_config.json's, else the model's context. */
  readonly maxLength?: number;
  /** Ids that end a sequence; they are not part of its text. Default: as the checkpoint says. */
  readonly stopIds?: readonly number[];
  /** Texts that end a sequence; they are not part of its text. Default: generation_config.json's. */
  readonly stopStrings?: readonly string[];
}

export type Settings = Required<SamplingOptions> & {
  readonly maxNewTokens: number;
  readonly maxLength: number;
  readonly stopIds: ReadonlySet<number>;
  readonly stopStrings: readonly string[];
};

type Source = Pick<LoadedModel, "dir" | "config" | "tokenizer" | "generationConfig"> &
  Partial<Pick<LoadedModel, "template">>;

/** What the caller says, completed by what the checkpoint says. @throws E_GENERATE_OPTION */
export function completeSettings(model: Source, given: SamplingOptions & LengthAndStops): Settings {
  const where = `${model.dir}/generation_config.json`;
  const file = model.generationConfig ?? {};
  const numberIn = (key: string): number | undefined => {
    const value = file[key] ?? undefined;
    if (value === undefined || typeof value === "number") return value;
    return fail("E_GENERATE_OPTION", { where, what: `${key} is ${JSON.stringify(value)}, wants a number.` });
  };
  const fromFile = defined({
    temperature: numberIn("temperature"),
    topK: numberIn("top_k"),
    topP: numberIn("top_p"),
    minP: numberIn("min_p"),
    repetitionPenalty: numberIn("repetition_penalty"),
  });
  checkSampling(fromFile, where);
  const { temperature, topK, topP, minP, repetitionPenalty } = given;
  const asked = defined({ temperature, topK, topP, minP, repetitionPenalty });
  checkSampling(asked, "generate");
  const asksToSample = [temperature, topK, topP, minP].some((value) => value !== undefined);
  const sampling = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, ...fromFile, ...asked };
  const saysLength = given.maxNewTokens !== undefined || given.maxLength !== undefined;
  const length = saysLength ? given : { maxNewTokens: numberIn("max_new_tokens"), maxLength: numberIn("max_length") };
  const { maxPositions } = model.config;
  return {
    ...sampling,
    temperature: asksToSample || file["do_sample"] === true ? sampling.temperature : 0,
    maxNewTokens: length.maxNewTokens ?? maxPositions,
    // As in transformers, a length of new tokens in the file makes its total length void.
    maxLength: Math.min(
      maxPositions,
      (!saysLength && length.maxNewTokens !== undefined ? undefined : length.maxLength) ?? maxPositions,
    ),
    stopIds: new Set(given.stopIds ?? [...stopIdsOf(model), ...templateStopIds(model)]),
    stopStrings: given.stopStrings ?? stringsIn(file["stop_strings"], where),
  };
}

function stopIdsOf({ generationConfig, config, tokenizer }: Source): readonly number[] {
  const ids = endIds(generationConfig);
  if (ids.length > 0) return ids;
  if (config.eosTokenIds.length > 0) return config.eosTokenIds;
  return tokenizer.eosId === undefined ? [] : [tokenizer.eosId];
}

function stringsIn(value: unknown, where: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value ?? []].flat();
  if (list.every((item) => typeof item === "string")) return list;
  return fail("E_GENERATE_OPTION", {
    where,
    what: `stop_strings is ${JSON.stringify(value)}, wants a text or a list of texts.`,
  });
}

function defined<T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

/** Keys of transformers that change what is generated and that are not supported, with the value that turns each off. */
const unsupported: Readonly<Record<string, unknown>> = {
  bad_words_ids: undefined,
  begin_suppress_tokens: undefined,
  epsilon_cutoff: 0,
  eta_cutoff: 0,
  exponential_decay_length_penalty: undefined,
  forced_bos_token_id: undefined,
  forced_eos_token_id: undefined,
  guidance_scale: 1,
  min_length: 0,
  min_new_tokens: 0,
  no_repeat_ngram_size: 0,
  num_beams: 1,
  num_return_sequences: 1,
  penalty_alpha: 0,
  sequence_bias: undefined,
  suppress_tokens: undefined,
  top_h: undefined,
  typical_p: 1,
  watermarking_config: undefined,
};

/** What generation_config.json asks for and does not get; to be shown once. */
export function ignoredKeys(file: Source["generationConfig"]): readonly string[] {
  return Object.entries(file ?? {}).flatMap(([key, value]) =>
    key in unsupported && value !== null && value !== unsupported[key]
      ? [`generation_config.json: ${key} (${JSON.stringify(value)}) is not supported and ignored`]
      : [],
  );
}
