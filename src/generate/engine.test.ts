import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { createForward } from "../models/forward.ts";
import { loadModel, type LoadedModel } from "../models/load.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import { createGenerator, type Generator } from "./engine.ts";
import { argmax } from "./sampling.ts";

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

  it("ends when it is aborted, with what it has", async () => {
    const controller = new AbortController();
    const onText = (): void => controller.abort();
    const [answer] = await generator.generate([first.prompt_ids], { ...greedy, onText, signal: controller.signal });
    expect(answer?.finishReason).toBe("aborted");
    expect(answer?.ids.length).toBeLessThan(5);
  });
});
