import { describe as suite, expect, it } from "vitest";
import { createNodeRuntime } from "../runtime/node.ts";
import { defineProgram, grad, input, mul, sumAll } from "../tensor/index.ts";
import {
  floats,
  intRows,
  largestDifference,
  modelValues,
  tinyModel,
  valueFeeds,
} from "../../test/support/tiny-model.ts";
import { createAccess, eachOnce, trainableLeaf } from "./access.ts";
import { readModel } from "./config.ts";
import { describe } from "./describe.ts";
import { finalHidden, headLogits, type Model } from "./model.ts";
import { cachedPass, cacheInputs, causalPass } from "./pass.ts";

const runtime = createNodeRuntime({ threads: 1 });
const tokens = (name: string) => input(name, "int32", ["batch", "time"]);

const models: Readonly<Record<string, Model>> = {
  llama: tinyModel(),
  "llama, tied, biases": tinyModel({ tie_word_embeddings: true, attention_bias: true, mlp_bias: true }),
  "mistral with a window": tinyModel({
    model_type: "mistral",
    architectures: ["MistralForCausalLM"],
    sliding_window: 3,
    head_dim: 6,
  }),
  "qwen2 with a window in one layer": tinyModel({
    model_type: "qwen2",
    architectures: ["Qwen2ForCausalLM"],
    use_sliding_window: true,
    sliding_window: 3,
    max_window_layers: 1,
    num_key_value_heads: 1,
  }),
  "gemma2, capped, sliding in every second layer": tinyModel({
    model_type: "gemma2",
    architectures: ["Gemma2ForCausalLM"],
    head_dim: 6,
    sliding_window: 3,
    attn_logit_softcapping: 2,
    final_logit_softcapping: 3,
  }),
  "glm, neighbours turn in half of each head": tinyModel({
    model_type: "glm",
    architectures: ["GlmForCausalLM"],
    head_dim: 4,
  }),
  gpt2: readModel(
    {
      model_type: "gpt2",
      architectures: ["GPT2LMHeadModel"],
      n_embd: 16,
      n_head: 4,
      n_layer: 2,
      n_positions: 32,
      vocab_size: 32,
    },
    "tiny config",
  ),
  "cohere2, without positions in the last layer": readModel(
    {
      model_type: "cohere2",
      architectures: ["Cohere2ForCausalLM"],
      hidden_size: 16,
      intermediate_size: 24,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      vocab_size: 32,
      max_position_embeddings: 64,
      sliding_window: 3,
      layer_types: ["sliding_attention", "full_attention"],
    },
    "tiny config",
  ),
};

interface Full {
  readonly ids: readonly (readonly number[])[];
  readonly positions?: readonly (readonly number[])[];
  readonly segments?: readonly (readonly number[])[];
}

/** Logits of whole sequences, flat [batch * time * vocab]. */
async function fullLogits(model: Model, { ids, positions, segments }: Full): Promise<Float32Array> {
  const inputs = {
    inputIds: tokens("ids"),
    positions: tokens("positions"),
    ...(segments === undefined ? {} : { segments: tokens("segments") }),
  };
  const access = createAccess(trainableLeaf, causalPass(inputs));
  const hidden = finalHidden(model, access, inputs);
  const session = await runtime.compile(defineProgram({ logits: headLogits(model, access, hidden) }));
  const outputs = await session.run({
    ...valueFeeds(describe(model).specs, modelValues(model)),
    ids: intRows(ids),
    positions: intRows(positions ?? ids.map((row) => row.map((_, i) => i))),
    ...(segments === undefined ? {} : { segments: intRows(segments) }),
  });
  await session.release();
  return floats(outputs["logits"]);
}

/** Feeds chunks one after another through the cache; mask 0 marks padding. */
async function cachedLogits(
  model: Model,
  rows: readonly (readonly { readonly id: number; readonly position: number; readonly real: boolean }[])[],
  chunks: readonly number[],
): Promise<readonly Float32Array[]> {
  const { specs, caches } = describe(model);
  const inputs = { inputIds: tokens("ids"), positions: tokens("positions") };
  const { attend, present } = cachedPass({
    inputIds: inputs.inputIds,
    mask: input("mask", "int32", ["batch", "(past+time)"]),
    past: cacheInputs(caches),
  });
  const access = createAccess(trainableLeaf, attend);
  const logits = headLogits(model, access, finalHidden(model, access, inputs));
  const grown = [...present].flatMap(([path, { key, value }]) => [
    [`${path}.key`, key] as const,
    [`${path}.value`, value] as const,
  ]);
  const session = await runtime.compile(defineProgram({ logits, ...Object.fromEntries(grown) }));
  const weights = valueFeeds(specs, modelValues(model));
  let cache: Record<string, unknown> = {};
  for (const { path, kvHeads, headDim } of caches) {
    const empty = { dtype: "float32", shape: [rows.length, kvHeads, 0, headDim], data: new Float32Array(0) };
    Object.assign(cache, { [`past.${path}.key`]: empty, [`past.${path}.value`]: empty });
  }
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
    cache = Object.fromEntries(grown.map(([name]) => [`past.${name}`, outputs[name]]));
    start += length;
  }
  await session.release();
  return results;
}

const sequence = [3, 7, 1, 30, 12, 5, 9, 2];
const other = [4, 4, 8, 1, 0];

suite.each(Object.entries(models))("decoder: %s", (_, model) => {
  const row = (flat: Float32Array, token: number): Float32Array =>
    flat.subarray(token * model.facts.vocabSize, (token + 1) * model.facts.vocabSize);

  it("does not look ahead, and uses every layer's past", async () => {
    const whole = await fullLogits(model, { ids: [sequence] });
    const changed = await fullLogits(model, { ids: [sequence.with(5, 6)] });
    const upTo = 5 * model.facts.vocabSize;
    expect(largestDifference(whole.subarray(0, upTo), changed.subarray(0, upTo))).toBe(0);
    expect(largestDifference(row(whole, 6), row(changed, 6))).toBeGreaterThan(1e-3);
  });

  it("computes a cached step as the full forward", async () => {
    const whole = await fullLogits(model, { ids: [sequence] });
    const row = sequence.map((id, position) => ({ id, position, real: true }));
    for (const chunks of [[8], [5, 1, 1, 1], [3, 3, 2]]) {
      const parts = await cachedLogits(model, [row], chunks);
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
    const [prefill, last] = await cachedLogits(model, [long, [pad, pad, pad, ...short]], [7, 1]);
    const alone = await fullLogits(model, { ids: [other] });
    expect(largestDifference(row(last as Float32Array, 1), row(alone, 4))).toBeLessThan(2e-5);
    expect(largestDifference(row(prefill as Float32Array, 7 + 3), row(alone, 0))).toBeLessThan(2e-5);
    expect((prefill as Float32Array).every(Number.isFinite)).toBe(true);
  });

  it("keeps packed sequences apart and padding out", async () => {
    const ids = [[...sequence, ...other, 0, 0]];
    const positions = [[...sequence.keys(), ...other.keys(), 0, 1]];
    const segments = [[...sequence.map(() => 1), ...other.map(() => 2), 0, 0]];
    const packed = await fullLogits(model, { ids, positions, segments });
    const [a, b] = [await fullLogits(model, { ids: [sequence] }), await fullLogits(model, { ids: [other] })];
    expect(largestDifference(packed.subarray(0, a.length), a)).toBeLessThan(2e-5);
    expect(largestDifference(packed.subarray(a.length, a.length + b.length), b)).toBeLessThan(2e-5);
    expect(packed.every(Number.isFinite)).toBe(true);
  });

  it("does not let padding on the right reach a sequence", async () => {
    const alone = await fullLogits(model, { ids: [other] });
    const padded = await fullLogits(model, { ids: [[...other, 0, 0, 0], sequence] });
    expect(largestDifference(padded.subarray(0, alone.length), alone)).toBeLessThan(2e-5);
  });

  it("has gradients for every tensor", async () => {
    const { specs } = describe(model);
    const inputs = { inputIds: tokens("ids"), positions: tokens("positions") };
    const leaf = eachOnce(trainableLeaf);
    const access = createAccess(leaf, causalPass(inputs));
    const out = headLogits(model, access, finalHidden(model, access, inputs));
    const wrt = specs.map(leaf);
    const gradients = grad(sumAll(mul(out, out)), wrt);
    const named = Object.fromEntries(specs.map(({ name }, i) => [`grad:${name}`, gradients[i] as (typeof wrt)[0]]));
    const session = await runtime.compile(defineProgram(named));
    const outputs = await session.run({
      ...valueFeeds(specs, modelValues(model)),
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

suite("sliding window", () => {
  it("hides what is further back than the window", async () => {
    const model = tinyModel({
      model_type: "mistral",
      architectures: ["MistralForCausalLM"],
      sliding_window: 3,
      num_hidden_layers: 1,
    });
    const whole = await fullLogits(model, { ids: [sequence] });
    const changed = await fullLogits(model, { ids: [sequence.with(0, 6)] });
    const from = (token: number) => token * model.facts.vocabSize;
    // Token 2 still sees token 0 (window 3 counts itself); token 3 does not.
    expect(largestDifference(whole.subarray(from(2), from(3)), changed.subarray(from(2), from(3)))).toBeGreaterThan(
      1e-4,
    );
    expect(largestDifference(whole.subarray(from(3)), changed.subarray(from(3)))).toBe(0);
  });
});
