import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Answerer } from "./answerer.ts";
import { answerRows, questionOf } from "./batch.ts";
import { runChat } from "./chat.ts";
import { answerPrompt } from "./prompt.ts";
import { writtenContext } from "../../../test/support/in-process.ts";

/** Says back what it was asked, in capitals, letter by letter when streamed. */
const parrot = (usesTemplate = true): Answerer => ({
  usesTemplate,
  answer: async (conversations, { onText } = {}) =>
    conversations.map(({ messages }) => {
      const text = messages
        .map(({ role, content }) => `${role[0]}:${content}`)
        .join(" ")
        .toUpperCase();
      for (const letter of onText === undefined ? "" : text) onText?.(letter);
      return { text, tokens: text.length, finishReason: "stop" };
    }),
  release: async () => undefined,
});

test.each([false, true])("a prompt's answer alone is on stdout (stream %s)", async (stream) => {
  const { context, written } = writtenContext();
  await answerPrompt(parrot(), { prompt: "hi", system: "be kind", stream }, context);
  expect(written).toEqual({ out: "S:BE KIND U:HI\n", err: "" });
});

test("chat from a pipe: answers on stdout, notes on stderr", async () => {
  const { context, written } = writtenContext({ input: "hi\nmore\nclear\nagain\nquit\nnever\n" });
  await runChat(parrot(), { system: undefined, stream: true }, context);
  expect(written).toEqual({
    out: "U:HI\nU:HI A:U:HI U:MORE\nU:AGAIN\n",
    err: "the conversation is forgotten\n",
  });
});

test("without a template every text stands alone", async () => {
  const { context, written } = writtenContext({ input: "one\ntwo\n" });
  await runChat(parrot(false), { system: "unused", stream: false }, context);
  expect(written.out).toBe("U:ONE\nU:TWO\n");
});

test("rows of a file are answered in order and appended", async () => {
  const resultPath = join(await mkdtemp(join(tmpdir(), "tunesmith-")), "sub", "result.jsonl");
  const rows = [
    {
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content: "b" },
      ],
    },
    {
      messages: [
        { role: "system", content: "own" },
        { role: "user", content: "c" },
      ],
    },
    { messages: [{ role: "user", content: "d" }], tools: [{ name: "f" }] },
  ] as const;
  const { context, written } = writtenContext();
  await answerRows(parrot(), rows, { system: "sys", resultPath, maxBatchSize: 2 }, context);
  await answerRows(parrot(), rows.slice(0, 1), { system: undefined, resultPath, maxBatchSize: 2 }, context);
  const lines = (await readFile(resultPath, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(lines).toEqual([
    {
      response: "S:SYS U:A",
      labels: "b",
      messages: [
        { role: "system", content: "sys" },
        { role: "user", content: "a" },
        { role: "assistant", content: "S:SYS U:A" },
      ],
    },
    expect.objectContaining({ response: "S:OWN U:C", labels: null }),
    expect.objectContaining({ response: "S:SYS U:D", tools: '[{"name":"f"}]' }),
    expect.objectContaining({ response: "U:A" }),
  ]);
  expect(written.out).toBe(`${resultPath}\n${resultPath}\n`);
  expect(written.err).toMatch(/^3 of 3 rows answered in /);
});

test("an interrupted file keeps what was answered", async () => {
  const stop = new AbortController();
  const resultPath = join(await mkdtemp(join(tmpdir(), "tunesmith-")), "result.jsonl");
  const { context, written } = writtenContext({ signal: stop.signal });
  const answerer: Answerer = {
    ...parrot(),
    answer: async (conversations) => {
      if (conversations[0]?.messages[0]?.content === "2") stop.abort();
      return conversations.map(() => ({ text: "x", tokens: 1, finishReason: "stop" }));
    },
  };
  const rows = ["1", "2", "3"].map((content) => ({ messages: [{ role: "user" as const, content }] }));
  await answerRows(answerer, rows, { system: undefined, resultPath, maxBatchSize: 1 }, context);
  expect((await readFile(resultPath, "utf8")).split("\n")).toHaveLength(2);
  expect(written.err).toMatch(/^1 of 3 rows/);
});

test("a row that only answers is asked nothing", () => {
  expect(questionOf({ messages: [{ role: "assistant", content: "text" }] }, undefined)).toEqual({
    conversation: { messages: [] },
    labels: "text",
  });
});
