import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { createForward } from "../models/forward.ts";
import { loadModel, type LoadedModel } from "../models/load.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import { createGenerator, type GenerateOptions, type GenerationStatistics, type Generator } from "./engine.ts";
import { argmax } from "./processors.ts";

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../test/golden/generate/stories260k-greedy.json"), "utf8"),
) as {
  readonly cases: readonly { readonly prompt: string; readonly prompt_ids: number[]; readonly greedy_ids: number[] }[];
};
const [first, second] = golden.cases as [(typeof golden.cases)[0], (typeof golden.cases)[0]];
const runtime = createNodeRuntime();
const greedy = { temperature: 0, stopIds: [] };
let model: LoadedModel;
let generator: Generator;

beforeAll(async () => {
  model = await loadModel(join(import.meta.dirname, "../../assets/stories260k"));
  generator = await createGenerator(model, runtime);
});
afterAll(() => generator.release());

const sampled = { temperature: 1, seed: 7, maxNewTokens: 24, stopIds: [] };

describe("createGenerator", () => {
  it("gives the greedy tokens of the reference implementation", async () => {
    for (const { prompt_ids, greedy_ids } of golden.cases) {
      const [answer] = await generator.generate([prompt_ids], { ...greedy, maxNewTokens: greedy_ids.length });
      expect(answer?.ids).toEqual(greedy_ids);
      expect(answer?.finishReason).toBe("length");
    }
  });

  it("gives what transformers generates, with a repetition penalty too", async () => {
    const recorded = JSON.parse(
      readFileSync(join(import.meta.dirname, "../../test/golden/models/stories260k.json"), "utf8"),
    ) as {
      readonly prompt_ids: number[];
      readonly greedy: { readonly new_ids: number[] };
      readonly greedy_with_repetition_penalty: { readonly repetition_penalty: number; readonly new_ids: number[] };
    };
    const { greedy: plain, greedy_with_repetition_penalty: penalized } = recorded;
    const run = async (maxNewTokens: number, repetitionPenalty: number) =>
      (await generator.generate([recorded.prompt_ids], { ...greedy, maxNewTokens, repetitionPenalty }))[0]?.ids;
    expect(await run(plain.new_ids.length, 1)).toEqual(plain.new_ids);
    expect(await run(penalized.new_ids.length, penalized.repetition_penalty)).toEqual(penalized.new_ids);
  });

  it("prefers, with the cache, what the full forward prefers", async () => {
    const [answer] = await generator.generate([first.prompt_ids], { ...greedy, maxNewTokens: 12 });
    const forward = await createForward(runtime, model);
    const ids = [...first.prompt_ids, ...(answer?.ids ?? [])];
    const [logits] = await forward.logits([ids]);
    const vocab = model.config.vocabSize;
    for (let i = first.prompt_ids.length; i < ids.length; i++) {
      expect(argmax((logits as Float32Array).subarray((i - 1) * vocab, i * vocab))).toBe(ids[i]);
    }
    await forward.release();
  });

  it("gives each prompt of a batch what it gets alone, greedy and sampled", async () => {
    const prompts = [first.prompt_ids, second.prompt_ids.slice(0, 2), second.prompt_ids];
    const together = await generator.generate(prompts, { ...greedy, maxNewTokens: 30 });
    for (const [i, prompt] of prompts.entries()) {
      const [alone] = await generator.generate([prompt], { ...greedy, maxNewTokens: 30 });
      expect(together[i]).toEqual(alone);
    }
    const pair = await generator.generate([first.prompt_ids, second.prompt_ids], sampled);
    const [alone] = await generator.generate([first.prompt_ids], sampled);
    expect(pair[0]).toEqual(alone);
  });

  it("repeats itself for a seed, and differs for another and for another sequence", async () => {
    const run = async (seed: number) => generator.generate([first.prompt_ids, first.prompt_ids], { ...sampled, seed });
    const [once, again, other] = [await run(7), await run(7), await run(8)];
    expect(again).toEqual(once);
    expect(other[0]?.ids).not.toEqual(once[0]?.ids);
    expect(once[1]?.ids).not.toEqual(once[0]?.ids);
  });

  it("answers groups that are larger than its batch as it would answer them at once", async () => {
    const small = await createGenerator(model, runtime, { maxBatch: 2 });
    const prompts = [first, second, first].map(({ prompt_ids }) => prompt_ids);
    expect(await small.generate(prompts, sampled)).toEqual(await generator.generate(prompts, sampled));
    await small.release();
  });

  it("streams the text it returns, and stops at stop strings without showing them", async () => {
    let streamed = "";
    const onText = (_: number, text: string): void => void (streamed += text);
    const [answer] = await generator.generate([first.prompt_ids], {
      ...greedy,
      maxNewTokens: 60,
      stopStrings: ["."],
      onText,
    });
    expect(answer?.finishReason).toBe("stop");
    expect(answer?.text).toBe(streamed);
    expect(streamed).not.toContain(".");
    expect(streamed.startsWith(",")).toBe(true);
  });

  it("stops at stop ids, and at the end of the context", async () => {
    const stop = first.greedy_ids[5] as number;
    const [answer] = await generator.generate([first.prompt_ids], { ...greedy, stopIds: [stop], maxNewTokens: 50 });
    expect(answer?.ids).toEqual(first.greedy_ids.slice(0, first.greedy_ids.indexOf(stop) + 1));
    const [cut] = await generator.generate([first.prompt_ids], { ...greedy, maxLength: first.prompt_ids.length + 3 });
    expect([cut?.ids.length, cut?.finishReason]).toEqual([3, "length"]);
    const failure = await generator.generate([first.prompt_ids], { maxLength: 2 }).catch((error: unknown) => error);
    expect(isTunesmithError(failure, "E_GENERATE_LENGTH")).toBe(true);
  });

  it("goes on alike when sequences beside it end", async () => {
    const prompts = [first, second, first, second].map(({ prompt_ids }, i) => prompt_ids.slice(0, 2 + i));
    // Common tokens, so that rows end early and at different times.
    const stopIds = [first.greedy_ids[3] as number, second.greedy_ids[9] as number];
    for (const options of [
      { ...greedy, stopIds, maxNewTokens: 40 },
      { ...sampled, stopIds, maxNewTokens: 40 },
    ]) {
      const together = await generator.generate(prompts, options);
      expect(new Set(together.map(({ ids }) => ids.length)).size).toBeGreaterThan(1);
      for (const [i, prompt] of prompts.entries()) {
        const [alone] = await generator.generate([prompt], { ...options, firstSequence: i });
        expect(together[i]).toEqual(alone);
      }
    }
  });

  it("answers a prompt several times, each as a sequence of its own", async () => {
    const answers = await generator.generate([first.prompt_ids, second.prompt_ids], { ...sampled, samples: 3 });
    const repeated = [first, first, first, second, second, second].map(({ prompt_ids }) => [...prompt_ids]);
    expect(answers).toEqual(await generator.generate(repeated, sampled));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(6);
    const narrow = await createGenerator(model, runtime, { maxBatch: 2 });
    expect(await narrow.generate([first.prompt_ids, second.prompt_ids], { ...sampled, samples: 3 })).toEqual(answers);
    await narrow.release();
  });

  it("draws in several calls what it draws in one, told how many sequences came before", async () => {
    const [a, b] = [first.prompt_ids, second.prompt_ids];
    const [, once] = await generator.generate([a, b], sampled);
    const [later] = await generator.generate([b], { ...sampled, firstSequence: 1 });
    expect(later).toEqual(once);
    expect(await generator.generate([b, a], { ...sampled, sequenceNumbers: [1, 0] })).toEqual(
      (await generator.generate([a, b], sampled)).toReversed(),
    );
  });

  it("refuses a prompt before it is asked as it would then", () => {
    expect(() => generator.check([])).toThrow("the prompt has no tokens");
    expect(() => generator.check(first.prompt_ids, { maxLength: 2 })).toThrow("E_GENERATE_LENGTH");
    expect(() => generator.check(first.prompt_ids)).not.toThrow();
  });

  it("steps with fresh outputs, as devices do, as it does with arrays", async () => {
    const other = await createGenerator(model, { ...runtime, device: "wasm" });
    const prompts = [first.prompt_ids, second.prompt_ids.slice(0, 3)];
    const options = { ...sampled, stopIds: [first.greedy_ids[3] as number], samples: 2 };
    expect(await other.generate(prompts, options)).toEqual(await generator.generate(prompts, options));
    await other.release();
  });

  it("counts tokens, tells each one, and stops where the checkpoint says", async () => {
    const tokens: number[] = [];
    let counted: GenerationStatistics | undefined;
    const [answer] = await generator.generate([second.prompt_ids], {
      temperature: 1,
      seed: 3,
      onToken: (_, id) => tokens.push(id),
      onStatistics: (statistics) => (counted = statistics),
    });
    expect(tokens).toEqual(answer?.ids);
    expect(counted?.promptTokens).toBe(second.prompt_ids.length);
    expect(counted?.generatedTokens).toBe(tokens.length);
    expect(counted?.tokensPerSecond).toBeGreaterThan(0);
    // eos_token_id of generation_config.json is [1, 2], the tokenizer's is 2.
    expect(answer?.finishReason).toBe("stop");
    expect([1, 2]).toContain(tokens.at(-1));
  });

  it("gives no text to ids that the tokenizer lacks", async () => {
    const { tokenizer } = model;
    const known = (id: number): boolean => id < 300;
    const small = { ...tokenizer, idToToken: (id: number) => (known(id) ? tokenizer.idToToken(id) : undefined) };
    const narrow = await createGenerator({ ...model, tokenizer: small }, runtime);
    const [answer] = await narrow.generate([first.prompt_ids], { ...greedy, maxNewTokens: 30 });
    expect(answer?.ids).toEqual(first.greedy_ids.slice(0, 30));
    expect(answer?.text.trim()).toBe(tokenizer.decode(first.greedy_ids.slice(0, 30).filter(known)).trim());
    await narrow.release();
  });

  it("gives nothing when nothing is asked for", async () => {
    expect(await generator.generate([], greedy)).toEqual([]);
    expect(await generator.generate([first.prompt_ids], { ...greedy, maxNewTokens: 0 })).toEqual([
      { ids: [], text: "", finishReason: "length" },
    ]);
  });

  it.each<[string, readonly number[], GenerateOptions]>([
    ["E_GENERATE_LENGTH", [], {}],
    ["E_GENERATE_TOKEN", [1, 512], {}],
    ["E_GENERATE_TOKEN", [1, -1], {}],
    ["E_GENERATE_OPTION", [1], { temperature: -1 }],
    ["E_GENERATE_OPTION", [1], { samples: 0 }],
    ["E_GENERATE_OPTION", [1], { maxNewTokens: 1.5 }],
  ])("fails with %s for %j, %j", async (code, prompt, options) => {
    const failure = await generator.generate([first.prompt_ids, prompt], options).catch((error: unknown) => error);
    expect(isTunesmithError(failure) && failure.code).toBe(code);
  });

  it("ends when it is aborted, with what it has", async () => {
    const before = await generator.generate([first.prompt_ids], { ...greedy, signal: AbortSignal.abort() });
    expect(before).toEqual([{ ids: [], text: "", finishReason: "aborted" }]);
    const controller = new AbortController();
    const onText = (): void => controller.abort();
    const [answer] = await generator.generate([first.prompt_ids], { ...greedy, onText, signal: controller.signal });
    expect(answer?.finishReason).toBe("aborted");
    expect(answer?.ids.length).toBeLessThan(5);
  });
});
