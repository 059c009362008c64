/**
 * Generation: prompts of ids in, ids and text out. Sequences step together, and come and go at any step where the model
 * and the device allow it (scheduler.ts), else in groups (batch.ts). What the caller leaves open is as the checkpoint says (generation-config.ts). A sequence's draws are addressed by the
 * seed, its number and the place of the token, so neither groups nor neighbours change its text.
 *
 * Left out: beams, log-probabilities, constrained decoding.
 */
import { fail } from "../base/errors.ts";
import type { StoredModel } from "../models/bound.ts";
import type { LoadedModel } from "../models/load.ts";
import type { Runtime } from "../runtime/types.ts";
import { runBatch, type BatchSeconds } from "./batch.ts";
import { completeSettings, ignoredKeys, type LengthAndStops } from "./generation-config.ts";
import type { SamplingOptions } from "./sampling.ts";
import { fitsSlots } from "./programs.ts";
import { createScheduler, type SchedulerOptions } from "./scheduler.ts";
import { checkPrompt, openSequence, type Generated, type Sequence } from "./sequence.ts";
import { createSlots } from "./slots.ts";
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
  /** Numbers of the prompts instead, where they do not follow each other. */
  readonly sequenceNumbers?: readonly number[];
  /**
   * The text goes on from the prompt's, so that a blank between the two belongs to it. Default false: it is a reply,
   * decoded by itself, as transformers does; a blank that the tokenizer puts before every text is no part of it.
   */
  readonly continues?: boolean;
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
  /** Refuses a prompt as `generate` would. @throws E_GENERATE_LENGTH, E_GENERATE_TOKEN, E_GENERATE_OPTION */
  readonly check: (prompt: readonly number[], options?: GenerateOptions) => void;
  /** What generation_config.json asks for and does not get; to be shown once. */
  readonly notices: readonly string[];
  readonly release: () => Promise<void>;
}

export interface GeneratorOptions {
  /** Sequences that step together; more are answered group by group. */
  readonly maxBatch?: number;
  /** Most tokens of a prompt that are read at once: bounds the memory of attention. */
  readonly prefillChunk?: number;
  /**
   * "continuous": sequences come and go at any step (scheduler.ts), where device and model allow it. "groups": group
   * after group (batch.ts), which works everywhere. Default: continuous where it is possible.
   */
  readonly batching?: "continuous" | "groups";
}

export type GenerationModel = StoredModel &
  Pick<LoadedModel, "dir" | "config" | "tokenizer" | "generationConfig"> &
  Partial<Pick<LoadedModel, "template">>;

export async function createGenerator(
  model: GenerationModel,
  runtime: Runtime,
  { maxBatch = 16, prefillChunk = 512, batching }: GeneratorOptions = {},
): Promise<Generator> {
  requireWhole({ maxBatch, prefillChunk }, 1);
  const possible = runtime.device === "cpu" && fitsSlots(model.model);
  if (batching === "continuous" && !possible) {
    fail("E_GENERATE_OPTION", {
      where: "createGenerator",
      what: `continuous batching is not possible for ${model.model.facts.modelType} on ${runtime.device}.`,
      fix: "Leave batching out.",
    });
  }
  const answering =
    possible && batching !== "groups"
      ? await continuously(model, runtime, { maxBatch, chunk: prefillChunk })
      : await inGroups(model, runtime, { maxBatch, chunk: prefillChunk });
  return {
    generate: async (prompts, options = {}) => {
      const { seed = 0, samples = 1, firstSequence = 0, sequenceNumbers, onToken, onText, signal } = options;
      requireWhole({ samples }, 1);
      requireWhole({ firstSequence, maxNewTokens: options.maxNewTokens ?? 0, maxLength: options.maxLength ?? 0 }, 0);
      const settings = completeSettings(model, options);
      const sequences = prompts.flatMap((prompt, i) =>
        Array.from({ length: samples }, (_, sample) => {
          const number = i * samples + sample;
          return openSequence(model, prompt, {
            number,
            prompt: i,
            address:
              sequenceNumbers === undefined ? firstSequence + number : (sequenceNumbers[i] ?? i) * samples + sample,
            seed,
            settings,
            continues: options.continues ?? false,
            onToken,
            onText,
          });
        }),
      );
      const { prefill: prefillSeconds, decode: decodeSeconds } = await answering.run(sequences, signal);
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
    check: (prompt, options = {}) => checkPrompt(model, prompt, { settings: completeSettings(model, options) }),
    notices: ignoredKeys(model.generationConfig),
    release: answering.release,
  };
}

/** Generates all sequences to their ends. */
interface Answering {
  readonly run: (sequences: readonly Sequence[], signal: AbortSignal | undefined) => Promise<BatchSeconds>;
  readonly release: () => Promise<void>;
}

async function inGroups(
  model: StoredModel,
  runtime: Runtime,
  { maxBatch, chunk }: SchedulerOptions,
): Promise<Answering> {
  const stepper = await createStepper(model, runtime);
  return {
    run: async (sequences, signal) => {
      let [prefill, decode] = [0, 0];
      for (let start = 0; start < sequences.length; start += maxBatch) {
        const seconds = await runBatch(stepper, sequences.slice(start, start + maxBatch), { chunk, signal });
        prefill += seconds.prefill;
        decode += seconds.decode;
      }
      return { prefill, decode };
    },
    release: () => stepper.release(),
  };
}

async function continuously(model: StoredModel, runtime: Runtime, options: SchedulerOptions): Promise<Answering> {
  const scheduler = createScheduler(await createSlots(model, runtime), options);
  return {
    run: async (sequences, signal) => {
      const before = scheduler.seconds();
      await Promise.all(sequences.map((sequence) => scheduler.run(sequence, signal)));
      const { prefill, decode } = scheduler.seconds();
      return { prefill: prefill - before.prefill, decode: decode - before.decode };
    },
    release: scheduler.release,
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
