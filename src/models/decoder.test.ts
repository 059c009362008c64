import { describe, expect, it } from "vitest";
import { createNodeRuntime } from "../runtime/node.ts";
import { defineProgram, grad, input, mul, sumAll } from "../tensor/index.ts";
import {
  floats,
  intRows,
  largestDifference,
  modelValues,
  tinyConfig,
  valueFeeds,
} from "../../test/support/tiny-model.ts";
import type { DecoderConfig } from "./config.ts";
import { decoderHidden, decoderStep, logits } from "./decoder.ts";
import { createParameters, parameterSpecs, trainableLeaf } from "./parameters.ts";

const runtime = createNodeRuntime({ threads: 1 });
const tokens = (name: string) => input(name, "int32", ["batch", "time"]);

const configs: Readonly<Record<string, DecoderConfig>> = {
  llama: tinyConfig(),
  "llama, tied, biases": tinyConfig({ tie_word_embeddings: true, attention_bias: true, mlp_bias: true }),
  "mistral with a window": tinyConfig({
    model_type: "mistral",
    architectures: ["MistralForCausalLM"],
    sliding_window: 3,
    head_dim: 6,
  }),
  "qwen2 with a window in one layer": tinyConfig({
    model_type: "qwen2",
    architectures: ["Qwen2ForCausalLM"],
    use_sliding_window: true,
    sliding_window: 3,
    max_window_layers: 1,
    num_key_value_heads: 1,
  }),
};

interface Full {
  readonly ids: readonly (readonly number[])[];
  readonly positions?: readonly (readonly number[])[];
  readonly segments?: readonly (readonly number[])[];
}

/** Logits of whole sequences, flat [batch * time * vocab]. */
async function fullLogits(config: DecoderConfig, { ids, positions, segments }: Full): Promise<Float32Array> {
  const specs = parameterSpecs(config);
  const parameters = createParameters(config, trainableLeaf);
  const inputs = {
    inputIds: tokens("ids"),
    positions: tokens("positions"),
    ...(segments === undefined ? {} : { segments: tokens("segments") }),
  };
  const hidden = decoderHidden(config, parameters, inputs);
  const session = await runtime.compile(defineProgram({ logits: logits(config, parameters, hidden) }));
  const outputs = await session.run({
    ...valueFeeds(specs, modelValues(config)),
    ids: intRows(ids),
    positions: intRows(positions ?? ids.map((row) => row.map((_, i) => i))),
    ...(segments === undefined ? {} : { segments: intRows(segments) }),
  });
  await session.release();
  return floats(outputs["logits"]);
}

/** Feeds chunks one after another through the cache; mask 0 marks padding. */
async function cachedLogits(
  config: DecoderConfig,
  rows: readonly (readonly { readonly id: number; readonly position: number; readonly real: boolean }[])[],
  chunks: readonly number[],
): Promise<readonly Float32Array[]> {
  const parameters = createParameters(config, trainableLeaf);
  const cacheShape = ["batch", config.kvHeads, "past", config.headDim];
  const past = Array.from({ length: config.layers }, (_, i) => ({
    key: input(`key${i}`, "float32", cacheShape),
    value: input(`value${i}`, "float32", cacheShape),
  }));
  const mask = input("mask", "int32", ["batch", "(past+time)"]);
  const step = decoderStep(config, parameters, { inputIds: tokens("ids"), positions: tokens("positions"), mask, past });
  const caches = step.present.flatMap(({ key, value }, i) => [
    [`newKey${i}`, key] as const,
    [`newValue${i}`, value] as const,
  ]);
  const session = await runtime.compile(
    defineProgram({ logits: logits(config, parameters, step.hidden), ...Object.fromEntries(caches) }),
  );
  const weights = valueFeeds(parameterSpecs(config), modelValues(config));
  const empty = {
    dtype: "float32",
    shape: [rows.length, config.kvHeads, 0, config.headDim],
    data: new Float32Array(0),
  };
  let cache: Record<string, unknown> = {};
  for (let i = 0; i < config.layers; i++) Object.assign(cache, { [`key${i}`]: empty, [`value${i}`]: empty });
  const results: Float32Array[] = [];
  let start = 0;
  for (const length of chunks) {
    const chunk = rows.map((row) => row.slice(start, start + length));
    const outputs = await session.run({
      ...weights,
      ...(cache as typeof weights),
      ids: intRows(chunk.map((row) => row.map((token) => token.id))),
      positions: intRows(chunk.map((row) => row.map((token) => token.position))),
      mask: intRows(rows.map((row) => row.slice(0, start + length).map((token) => Number(token.real)))),
    });
    results.push(floats(outputs["logits"]));
    cache = {};
    for (let i = 0; i < config.layers; i++) {
      cache[`key${i}`] = outputs[`newKey${i}`];
      cache[`value${i}`] = outputs[`newValue${i}`];
    }
    start += length;
  }
  await session.release();
  return results;
}

const sequence = [3, 7, 1, 30, 12, 5, 9, 2];
const other = [4, 4, 8, 1, 0];

describe.each(Object.entries(configs))("decoder: %s", (_, config) => {
  const row = (flat: Float32Array, token: number): Float32Array =>
    flat.subarray(token * config.vocabSize, (token + 1) * config.vocabSize);

  it("does not look ahead, and uses every layer's past", async () => {
    const whole = await fullLogits(config, { ids: [sequence] });
    const changed = await fullLogits(config, { ids: [sequence.with(5, 6)] });
    const upTo = 5 * config.vocabSize;
    expect(largestDifference(whole.subarray(0, upTo), changed.subarray(0, upTo))).toBe(0);
    expect(largestDifference(row(whole, 6), row(changed, 6))).toBeGreaterThan(1e-3);
  });

  it("computes a cached step as the full forward", async () => {
    const whole = await fullLogits(config, { ids: [sequence] });
    const row = sequence.map((id, position) => ({ id, position, real: true }));
    for (const chunks of [[8], [5, 1, 1, 1], [3, 3, 2]]) {
      const parts = await cachedLogits(config, [row], chunks);
      expect(
        largestDifference(
          parts.flatMap((part) => [...part]),
          whole,
        ),
      ).toBeLessThan(2e-5);
    }
  });

  it("computes a cached step of padded rows as each row alone", async () => {
    const pad = { id: 0, position: 0, real: false };
    const long = sequence.map((id, position) => ({ id, position, real: true }));
    const short = other.map((id, position) => ({ id, position, real: true }));
    const [prefill, last] = await cachedLogits(config, [long, [pad, pad, pad, ...short]], [7, 1]);
    const alone = await fullLogits(config, { ids: [other] });
    expect(largestDifference(row(last as Float32Array, 1), row(alone, 4))).toBeLessThan(2e-5);
    expect(largestDifference(row(prefill as Float32Array, 7 + 3), row(alone, 0))).toBeLessThan(2e-5);
    expect((prefill as Float32Array).every(Number.isFinite)).toBe(true);
  });

  it("keeps packed sequences apart and padding out", async () => {
    const ids = [[...sequence, ...other, 0, 0]];
    const positions = [[...sequence.keys(), ...other.keys(), 0, 1]];
    const segments = [[...sequence.map(() => 1), ...other.map(() => 2), 0, 0]];
    const packed = await fullLogits(config, { ids, positions, segments });
    const [a, b] = [await fullLogits(config, { ids: [sequence] }), await fullLogits(config, { ids: [other] })];
    expect(largestDifference(packed.subarray(0, a.length), a)).toBeLessThan(2e-5);
    expect(largestDifference(packed.subarray(a.length, a.length + b.length), b)).toBeLessThan(2e-5);
    expect(packed.every(Number.isFinite)).toBe(true);
  });

  it("does not let padding on the right reach a sequence", async () => {
    const alone = await fullLogits(config, { ids: [other] });
    const padded = await fullLogits(config, { ids: [[...other, 0, 0, 0], sequence] });
    expect(largestDifference(padded.subarray(0, alone.length), alone)).toBeLessThan(2e-5);
  });

  it("has gradients for every tensor", async () => {
    const specs = parameterSpecs(config);
    const parameters = createParameters(config, trainableLeaf);
    const hidden = decoderHidden(config, parameters, { inputIds: tokens("ids"), positions: tokens("positions") });
    const out = logits(config, parameters, hidden);
    const wrt = specs.map(({ name }) => parameters.get(name));
    const gradients = grad(sumAll(mul(out, out)), wrt);
    const named = Object.fromEntries(specs.map(({ name }, i) => [`grad:${name}`, gradients[i] as (typeof wrt)[0]]));
    const session = await runtime.compile(defineProgram(named));
    const outputs = await session.run({
      ...valueFeeds(specs, modelValues(config)),
      ids: intRows([sequence]),
      positions: intRows([[...sequence.keys()]]),
    });
    for (const { name } of specs) {
      const values = floats(outputs[`grad:${name}`]);
      expect(values.every(Number.isFinite) && values.some((v) => v !== 0), name).toBe(true);
    }
    await session.release();
  });
});

describe("sliding window", () => {
  it("hides what is further back than the window", async () => {
    const config = tinyConfig({
      model_type: "mistral",
      architectures: ["MistralForCausalLM"],
      sliding_window: 3,
      num_hidden_layers: 1,
    });
    const whole = await fullLogits(config, { ids: [sequence] });
    const changed = await fullLogits(config, { ids: [sequence.with(0, 6)] });
    const from = (token: number) => token * config.vocabSize;
    // Token 2 still sees token 0 (window 3 counts itself); token 3 does not.
    expect(largestDifference(whole.subarray(from(2), from(3)), changed.subarray(from(2), from(3)))).toBeGreaterThan(
      1e-4,
    );
    expect(largestDifference(whole.subarray(from(3)), changed.subarray(from(3)))).toBe(0);
  });
});
