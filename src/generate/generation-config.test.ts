import { describe, expect, it } from "vitest";
import { tinyModel } from "../../test/support/tiny-model.ts";
import { isTunesmithError } from "../base/errors.ts";
import type { Facts } from "../models/model.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { completeSettings, ignoredKeys, type LengthAndStops } from "./generation-config.ts";
import type { SamplingOptions } from "./sampling.ts";

type File = Readonly<Record<string, unknown>>;

function complete(file: File | undefined, given: SamplingOptions & LengthAndStops = {}, config: Partial<Facts> = {}) {
  const model = {
    dir: "model",
    config: { ...tinyModel().facts, eosTokenIds: [], ...config },
    tokenizer: { eosId: 9 } as unknown as Tokenizer,
    generationConfig: file,
  };
  return completeSettings(model, given);
}

const qwen = { do_sample: true, temperature: 0.7, top_k: 20, top_p: 0.8, repetition_penalty: 1.05 };

describe("completeSettings", () => {
  it.each<[string, File | undefined, SamplingOptions, number]>([
    ["nothing said is greedy", undefined, {}, 0],
    ["a file that does not sample is greedy", { ...qwen, do_sample: false }, {}, 0],
    ["a file that samples", qwen, {}, 0.7],
    ["the caller's temperature wins", qwen, { temperature: 1.2 }, 1.2],
    ["temperature 0 never samples", qwen, { temperature: 0, topP: 0.9 }, 0],
    ["top-p asks for sampling", undefined, { topP: 0.9 }, 1],
    ["a penalty alone does not", undefined, { repetitionPenalty: 1.2 }, 0],
    ["null is absent", { do_sample: true, temperature: null }, {}, 1],
  ])("%s", (_, file, given, temperature) => {
    expect(complete(file, given).temperature).toBe(temperature);
  });

  it("takes option by option, the caller's first", () => {
    expect(complete(qwen, { topK: 0, minP: 0.1 })).toMatchObject({
      temperature: 0.7,
      topK: 0,
      topP: 0.8,
      minP: 0.1,
      repetitionPenalty: 1.05,
    });
    expect(complete({ do_sample: true })).toMatchObject({ temperature: 1, topK: 0, topP: 1, minP: 0 });
  });

  it("finds stop ids in the file, config.json and the tokenizer, in this order", () => {
    const stops = (...of: Parameters<typeof complete>): readonly number[] => [...complete(...of).stopIds];
    expect(stops({ eos_token_id: [3, 4] }, {}, { eosTokenIds: [5] })).toEqual([3, 4]);
    expect(stops({ eos_token_id: 3 })).toEqual([3]);
    expect(stops({ eos_token_id: null }, {}, { eosTokenIds: [5] })).toEqual([5]);
    expect(stops(undefined)).toEqual([9]);
    expect(stops({ eos_token_id: 3 }, { stopIds: [] })).toEqual([]);
    expect(complete({ stop_strings: "###" }).stopStrings).toEqual(["###"]);
    expect(complete({ stop_strings: ["a", "b"] }, { stopStrings: [] }).stopStrings).toEqual([]);
  });

  it("takes the caller's lengths instead of all of the file's, within the context", () => {
    const lengths = (...of: Parameters<typeof complete>) => {
      const { maxNewTokens, maxLength } = complete(...of);
      return [maxNewTokens, maxLength];
    };
    expect(lengths(undefined)).toEqual([64, 64]);
    expect(lengths({ max_length: 20 })).toEqual([64, 20]);
    expect(lengths({ max_length: 20, max_new_tokens: 5 })).toEqual([5, 64]);
    expect(lengths({ max_length: 20 }, { maxNewTokens: 30 })).toEqual([30, 64]);
    expect(lengths({ max_new_tokens: 20 }, { maxLength: 30 })).toEqual([64, 30]);
    expect(lengths({ max_length: 4096 })).toEqual([64, 64]);
  });

  it.each<[File, SamplingOptions]>([
    [{ temperature: "hot" }, {}],
    [{ top_p: 2 }, {}],
    [{ stop_strings: 3 }, {}],
    [{}, { topK: -1 }],
  ])("refuses %j and %j", (file, given) => {
    let found: unknown;
    try {
      complete(file, given);
    } catch (error) {
      found = error;
    }
    expect(isTunesmithError(found, "E_GENERATE_OPTION")).toBe(true);
  });
});

describe("ignoredKeys", () => {
  it("names what would change the text, and nothing that is off", () => {
    expect(ignoredKeys({ num_beams: 4, typical_p: 1, bad_words_ids: null, min_length: 0, use_cache: true })).toEqual([
      "generation_config.json: num_beams (4) is not supported and ignored",
    ]);
    expect(ignoredKeys(undefined)).toEqual([]);
  });
});
