/** Cached generation against the full forward pass, for every fixture: families, rope types, windows, adapters. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createForward } from "../models/forward.ts";
import { loadAdapter, loadCheckpoint } from "../models/load.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import { loadTokenizer } from "../text/load-tokenizer.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import { createGenerator } from "./engine.ts";
import { argmax } from "./processors.ts";

const root = join(import.meta.dirname, "../..");
const fixtures = join(root, "test/fixtures");
const runtime = createNodeRuntime({ threads: 1 });
let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await loadTokenizer(join(root, "assets/stories260k"));
});

const adapters: readonly (readonly [model: string, adapter: string])[] = [
  ["llama-gqa", "llama-gqa-lora"],
  ["qwen2", "qwen2-rslora"],
];
const cases: readonly (readonly [string, string | undefined])[] = [
  ...readdirSync(join(fixtures, "models")).map((name) => [name, undefined] as const),
  ...adapters,
];
const prompts = [
  [5, 17, 80, 33, 9, 41, 22],
  [60, 7],
  [12, 12, 13, 50, 3, 77, 28, 90, 4, 66, 31],
];

describe("cached generation", () => {
  it.each(cases)("of %s with adapter %s takes the likeliest tokens of the full forward", async (name, adapterName) => {
    const checkpoint = await loadCheckpoint(join(fixtures, "models", name));
    const adapter =
      adapterName === undefined ? undefined : await loadAdapter(join(fixtures, "adapters", adapterName), checkpoint);
    const model = { ...checkpoint, adapter, tokenizer };
    // Chunks smaller than the prompts and than the window, and padding that fills a whole chunk.
    const generator = await createGenerator(model, runtime, { prefillChunk: 3 });
    const answers = await generator.generate(prompts, { temperature: 0, maxNewTokens: 14, stopIds: [] });
    await generator.release();

    const forward = await createForward(runtime, model);
    const rows = prompts.map((prompt, i) => [...prompt, ...(answers[i]?.ids ?? [])]);
    const vocab = model.config.vocabSize;
    for (const [i, logits] of (await forward.logits(rows)).entries()) {
      const row = rows[i] as number[];
      expect(row.length).toBe((prompts[i] as number[]).length + 14);
      for (let at = (prompts[i] as number[]).length; at < row.length; at++) {
        const before = logits.subarray((at - 1) * vocab, at * vocab);
        // Within rounding: random models have near ties.
        expect((before[argmax(before)] as number) - (before[row[at] as number] as number)).toBeLessThan(1e-4);
      }
    }
    await forward.release();
  });

  it("goes through the adapter", async () => {
    const [name, adapterName] = adapters[0] as readonly [string, string];
    const checkpoint = await loadCheckpoint(join(fixtures, "models", name));
    const adapter = await loadAdapter(join(fixtures, "adapters", adapterName), checkpoint);
    const answer = async (one: typeof adapter | undefined): Promise<readonly number[][]> => {
      const generator = await createGenerator({ ...checkpoint, adapter: one, tokenizer }, runtime);
      const answers = await generator.generate(prompts, { temperature: 0, maxNewTokens: 14, stopIds: [] });
      await generator.release();
      return answers.map(({ ids }) => [...ids]);
    };
    expect(await answer(adapter)).not.toEqual(await answer(undefined));
  });
});
