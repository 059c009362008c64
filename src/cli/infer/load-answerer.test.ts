import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inferRecipe, objectSource, parseRecipe } from "../../recipes/index.ts";
import { assetsFolder, runCommandLine } from "../run.ts";
import type { Answerer } from "./answerer.ts";
import { loadAnswerer } from "./load-answerer.ts";
import { writtenContext } from "../../../test/support/in-process.ts";

const model = join(assetsFolder(), "stories260k");
const { context, written } = writtenContext();
const story = ", there was a little girl named Lily. She loved to play outside in the park.";
let answerer: Answerer;

beforeAll(async () => {
  const given = { model, temperature: 0, max_new_tokens: 24, stop_words: ["outside"], max_batch_size: 2 };
  const args = parseRecipe(inferRecipe, [objectSource(given, "infer")]);
  ({ answerer } = await loadAnswerer(args, context));
});
afterAll(() => answerer.release());

const ask = (content: string) => ({ messages: [{ role: "user" as const, content }] });

test("the contract of --prompt: the completion alone on stdout", async () => {
  const words = ["infer", "--model", model, "--prompt", "Once upon a time", "--use-chat-template", "false"];
  const status = await runCommandLine([...words, "--temperature", "0", "--max-new-tokens", "28"], context);
  expect({ status, ...written }).toEqual({ status: 0, out: expect.any(String), err: "" });
  expect(story.startsWith(written.out.trimEnd().slice(0, story.length))).toBe(true);
  expect(written.out.length).toBeGreaterThan(40);
  expect(written.out.endsWith("\n")).toBe(true);
});

test("a base model is asked without a template; stop words end its answer", async () => {
  expect(answerer.usesTemplate).toBe(false);
  const [answer] = await answerer.answer([ask("Once upon a time")]);
  expect(answer).toMatchObject({
    text: ", there was a little girl named Lily. She loved to play ",
    finishReason: "stop",
  });
});

test("pieces of a streamed answer make the whole, and groups answer as one by one", async () => {
  let pieces = "";
  const [one] = await answerer.answer([ask("The dog")], { onText: (text) => (pieces += text) });
  expect(pieces).toBe(one?.text);
  const prompts = ["The dog", "Once upon a time there was a", "Tom"].map(ask);
  const together = await answerer.answer(prompts);
  for (const [i, prompt] of prompts.entries()) expect(await answerer.answer([prompt])).toEqual([together[i]]);
});
