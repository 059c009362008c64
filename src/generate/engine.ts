/**
 * Cached decoding of a batch of prompts. Shorter prompts are padded on the left, so that all rows step together;
 * a mask and positions make padding invisible. The batch steps until its last row has ended: rows that ended
 * earlier go on unseen, which is cheaper than regrouping caches for the few steps a batch differs by.
 *
 * Left out: paged caches, continuous batching, beams.
 */
import { fail, internal } from "../base/errors.ts";
import { frozenParameters, modelWeights, type LoadedModel } from "../models/load.ts";
import type { HostTensor, Runtime, RuntimeTensor, Session } from "../runtime/types.ts";
import { decodeStream, type DecodeStream } from "../text/decode-stream.ts";
import { cacheNames, stepProgram } from "./programs.ts";
import { sampleToken, type SamplingOptions } from "./sampling.ts";
import { watchStops, type StopWatch } from "./stop.ts";

export interface GenerateOptions extends SamplingOptions {
  /** Most tokens to generate; default: until the context is full. */
  readonly maxNewTokens?: number;
  /** Most tokens of prompt and answer; default: the model's context. */
  readonly maxLength?: number;
  readonly seed?: number;
  /** Ids that end a sequence; they are not part of its text. Default: eos of the tokenizer. */
  readonly stopIds?: readonly number[];
  /** Texts that end a sequence; they are not part of its text. */
  readonly stopStrings?: readonly string[];
  /** Text of one sequence as it becomes certain. */
  readonly onText?: (sequence: number, text: string) => void;
  readonly signal?: AbortSignal;
}

export interface Generated {
  /** Generated ids; a stop id that ended the sequence is the last of them. */
  readonly ids: readonly number[];
  readonly text: string;
  readonly finishReason: "stop" | "length" | "aborted";
}

export interface Generator {
  /** One answer for each prompt (ids, not empty), in their order. @throws E_GENERATE_LENGTH */
  readonly generate: (
    prompts: readonly (readonly number[])[],
    options?: GenerateOptions,
  ) => Promise<readonly Generated[]>;
  readonly release: () => Promise<void>;
}

export interface GeneratorOptions {
  /** Prompts that step together; more are answered group by group. */
  readonly maxBatch?: number;
}

type GenerationModel = Pick<LoadedModel, "config" | "tensors" | "adapter" | "tokenizer">;

export async function createGenerator(
  model: GenerationModel,
  runtime: Runtime,
  { maxBatch = 16 }: GeneratorOptions = {},
): Promise<Generator> {
  const program = stepProgram(model.config, frozenParameters(model));
  const cached = [...program.outputs.keys()].filter((name) => name.startsWith("present."));
  const session = await runtime.compile(program, { ...(await modelWeights(model)), keepOnDevice: cached });
  return {
    generate: async (prompts, options = {}) => {
      const generated: Generated[] = [];
      for (let start = 0; start < prompts.length; start += maxBatch) {
        generated.push(...(await runBatch(model, session, prompts.slice(start, start + maxBatch), start, options)));
      }
      return generated;
    },
    release: () => session.release(),
  };
}

interface Sequence {
  readonly number: number;
  readonly prompt: readonly number[];
  readonly ids: number[];
  readonly limit: number;
  readonly decode: DecodeStream;
  readonly stops: StopWatch;
  text: string;
  finishReason: Generated["finishReason"] | undefined;
}

async function runBatch(
  model: GenerationModel,
  session: Session,
  prompts: readonly (readonly number[])[],
  firstNumber: number,
  options: GenerateOptions,
): Promise<readonly Generated[]> {
  const sequences = prompts.map((prompt, i) => openSequence(model, prompt, firstNumber + i, options));
  const width = Math.max(...prompts.map((prompt) => prompt.length));
  let cache = emptyCache(model, prompts.length);
  let tokens = leftPadded(prompts, width, model.tokenizer.padId);
  let positions = leftPaddedPositions(prompts, width);
  let mask = leftPadded(
    prompts.map((prompt) => prompt.map(() => 1)),
    width,
    0,
  );
  const stopIds = new Set(options.stopIds ?? (model.tokenizer.eosId === undefined ? [] : [model.tokenizer.eosId]));
  try {
    for (let step = 0; sequences.some(isOpen); step++) {
      if (options.signal?.aborted === true) {
        for (const sequence of sequences.filter(isOpen)) finish(sequence, "aborted", options);
        break;
      }
      const outputs = await session.run({
        input_ids: grid(tokens),
        positions: grid(positions),
        mask: grid(mask),
        ...cache,
      });
      release(cache);
      cache = nextCache(outputs);
      const logits = outputs["logits"] as HostTensor;
      tokens = sequences.map((sequence, row) => [
        isOpen(sequence) ? advance(sequence, rowOf(logits, row), step, stopIds, options) : model.tokenizer.padId,
      ]);
      positions = positions.map((row) => [(row.at(-1) as number) + 1]);
      mask = mask.map((row) => [...row, 1]);
    }
  } finally {
    release(cache);
  }
  return sequences.map(({ ids, text, finishReason }) => ({
    ids,
    text,
    finishReason: finishReason ?? internal("open sequence"),
  }));
}

function openSequence(
  { config, tokenizer }: GenerationModel,
  prompt: readonly number[],
  number: number,
  options: GenerateOptions,
): Sequence {
  const context = Math.min(options.maxLength ?? config.maxPositions, config.maxPositions);
  if (prompt.length === 0)
    fail("E_GENERATE_LENGTH", { where: `prompt ${number + 1}`, what: "the prompt has no tokens." });
  if (prompt.length >= context) {
    fail("E_GENERATE_LENGTH", {
      where: `prompt ${number + 1}`,
      what: `the prompt has ${prompt.length} tokens; the context holds ${context}, with the answer.`,
    });
  }
  return {
    number,
    prompt,
    ids: [],
    limit: Math.min(options.maxNewTokens ?? context, context - prompt.length),
    decode: decodeStream(tokenizer, { context: prompt }),
    stops: watchStops(options.stopStrings ?? []),
    text: "",
    finishReason: undefined,
  };
}

const isOpen = (sequence: Sequence): boolean => sequence.finishReason === undefined;

/** Takes the next token of a sequence; ends it when that token, its text or the length says so. */
function advance(
  sequence: Sequence,
  logits: Float32Array,
  step: number,
  stopIds: ReadonlySet<number>,
  options: GenerateOptions,
): number {
  const { ids, prompt } = sequence;
  const id = sampleToken(logits, [...prompt, ...ids], options, {
    seed: options.seed ?? 0,
    sequence: sequence.number,
    step,
  });
  ids.push(id);
  if (stopIds.has(id)) finish(sequence, "stop", options);
  else {
    const { text, stopped } = sequence.stops.push(sequence.decode.push(id));
    show(sequence, text, options);
    if (stopped) sequence.finishReason = "stop";
    else if (ids.length >= sequence.limit) finish(sequence, "length", options);
  }
  return id;
}

function finish(sequence: Sequence, reason: Generated["finishReason"], options: GenerateOptions): void {
  const { text, stopped } = sequence.stops.push(sequence.decode.flush());
  show(sequence, stopped ? text : text + sequence.stops.flush(), options);
  sequence.finishReason = stopped ? "stop" : reason;
}

function show(sequence: Sequence, text: string, options: GenerateOptions): void {
  if (text === "") return;
  sequence.text += text;
  options.onText?.(sequence.number, text);
}

function grid(rows: readonly (readonly number[])[]): HostTensor {
  return { dtype: "int32", shape: [rows.length, rows[0]?.length ?? 0], data: Int32Array.from(rows.flat()) };
}

function rowOf({ shape, data }: HostTensor, row: number): Float32Array {
  const width = shape[1] as number;
  return (data as Float32Array).subarray(row * width, (row + 1) * width);
}

function leftPadded(rows: readonly (readonly number[])[], width: number, pad: number): number[][] {
  return rows.map((row) => [...Array.from({ length: width - row.length }, () => pad), ...row]);
}

/** 0 at padding, then 0, 1, 2, ... */
function leftPaddedPositions(rows: readonly (readonly number[])[], width: number): number[][] {
  return rows.map((row) => Array.from({ length: width }, (_, i) => Math.max(0, i - (width - row.length))));
}

type Cache = Readonly<Record<string, RuntimeTensor>>;

function emptyCache({ config }: GenerationModel, batch: number): Cache {
  const empty: HostTensor = {
    dtype: "float32",
    shape: [batch, config.kvHeads, 0, config.headDim],
    data: new Float32Array(0),
  };
  const names = Array.from({ length: config.layers }, (_, layer) => cacheNames(layer)).flat();
  return Object.fromEntries(names.map((name) => [`past.${name}`, empty]));
}

function nextCache(outputs: Readonly<Record<string, RuntimeTensor>>): Cache {
  return Object.fromEntries(
    Object.entries(outputs).flatMap(([name, tensor]) =>
      name.startsWith("present.") ? [[`past.${name.slice("present.".length)}`, tensor]] : [],
    ),
  );
}

function release(cache: Cache): void {
  for (const tensor of Object.values(cache)) if ("location" in tensor) tensor.release();
}
