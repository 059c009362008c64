/**
 * Generation: prompts of ids in, ids and text out, in groups of sequences that step together (batch.ts). What the
 * caller leaves open is as the checkpoint says (generation-config.ts). A sequence's draws are addressed by the
 * seed, its number and the place of the token, so neither groups nor neighbours change its text.
 *
 * Left out: beams, log-probabilities, constrained decoding.
 */
import { fail } from "../base/errors.ts";
import type { LoadedModel } from "../models/load.ts";
import type { Runtime } from "../runtime/types.ts";
import { runBatch } from "./batch.ts";
import { completeSettings, ignoredKeys, type LengthAndStops } from "./generation-config.ts";
import type { SamplingOptions } from "./sampling.ts";
import { openSequence, type Generated } from "./sequence.ts";
import { createStepper } from "./stepper.ts";

export interface GenerateOptions extends SamplingOptions, LengthAndStops {
  readonly seed?: number;
  /** Answers to each prompt; they follow each other in the result. Default 1. */
  readonly samples?: number;
  /**
   * Number that the first sequence's draws are addressed by; default 0. With the count of sequences so far,
   * calls draw as one call of all their prompts would.
   */
  readonly firstSequence?: number;
  /** Each token of one sequence (numbered from 0 in the order of the result), the stop id included. */
  readonly onToken?: (sequence: number, id: number) => void;
  /** Text of one sequence as it becomes certain. */
  readonly onText?: (sequence: number, text: string) => void;
  readonly onStatistics?: (statistics: GenerationStatistics) => void;
  /** Ends all sequences with what they have, as "aborted". */
  readonly signal?: AbortSignal;
}

export interface GenerationStatistics {
  readonly promptTokens: number;
  readonly generatedTokens: number;
  /** Reading prompts, until the first token of each group. */
  readonly prefillSeconds: number;
  readonly decodeSeconds: number;
  /** Generated tokens, of all sequences together, by the whole time. */
  readonly tokensPerSecond: number;
}

export interface Generator {
  /**
   * `samples` answers for each prompt (ids), in the order of the prompts.
   *
   * @throws E_GENERATE_LENGTH, E_GENERATE_TOKEN for a prompt, E_GENERATE_OPTION for an option, before anything
   *   is generated; E_GENERATE_NOT_FINITE when the model gives no numbers.
   */
  readonly generate: (
    prompts: readonly (readonly number[])[],
    options?: GenerateOptions,
  ) => Promise<readonly Generated[]>;
  /** What generation_config.json asks for and does not get; to be shown once. */
  readonly notices: readonly string[];
  readonly release: () => Promise<void>;
}

export interface GeneratorOptions {
  /** Sequences that step together; more are answered group by group. */
  readonly maxBatch?: number;
  /** Most tokens of a prompt that are read at once: bounds the memory of attention. */
  readonly prefillChunk?: number;
}

type GenerationModel = Pick<LoadedModel, "dir" | "config" | "tensors" | "adapter" | "tokenizer" | "generationConfig">;

export async function createGenerator(
  model: GenerationModel,
  runtime: Runtime,
  { maxBatch = 16, prefillChunk = 512 }: GeneratorOptions = {},
): Promise<Generator> {
  requireWhole({ maxBatch, prefillChunk }, 1);
  const stepper = await createStepper(model, runtime);
  return {
    generate: async (prompts, options = {}) => {
      const { seed = 0, samples = 1, firstSequence = 0, onToken, onText, signal } = options;
      requireWhole({ samples }, 1);
      requireWhole({ firstSequence, maxNewTokens: options.maxNewTokens ?? 0, maxLength: options.maxLength ?? 0 }, 0);
      const settings = completeSettings(model, options);
      const sequences = prompts.flatMap((prompt, i) =>
        Array.from({ length: samples }, (_, sample) => {
          const number = i * samples + sample;
          return openSequence(model, prompt, {
            number,
            prompt: i,
            address: firstSequence + number,
            seed,
            settings,
            onToken,
            onText,
          });
        }),
      );
      let [prefillSeconds, decodeSeconds] = [0, 0];
      for (let start = 0; start < sequences.length; start += maxBatch) {
        const group = sequences.slice(start, start + maxBatch);
        const seconds = await runBatch(stepper, group, { chunk: prefillChunk, signal });
        prefillSeconds += seconds.prefill;
        decodeSeconds += seconds.decode;
      }
      const answers = sequences.map((sequence) => sequence.result());
      const generatedTokens = answers.reduce((sum, { ids }) => sum + ids.length, 0);
      options.onStatistics?.({
        promptTokens: prompts.reduce((sum, { length }) => sum + length, 0),
        generatedTokens,
        prefillSeconds,
        decodeSeconds,
        tokensPerSecond: generatedTokens / (prefillSeconds + decodeSeconds),
      });
      return answers;
    },
    notices: ignoredKeys(model.generationConfig),
    release: () => stepper.release(),
  };
}

function requireWhole(values: Readonly<Record<string, number>>, least: number): void {
  for (const [name, value] of Object.entries(values)) {
    if (!Number.isSafeInteger(value) || value < least) {
      fail("E_GENERATE_OPTION", {
        where: "generate",
        what: `${name} is ${value}, wants a whole number from ${least}.`,
      });
    }
  }
}
