import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fail } from "../../base/errors.ts";
import type { Conversation } from "../../text/message.ts";
import type { Answerer } from "./answerer.ts";
import { answerRows } from "./batch.ts";
import { questionOf } from "./question.ts";
import { runChat } from "./chat.ts";
import { answerPrompt } from "./prompt.ts";
import { writtenContext } from "../../../test/support/in-process.ts";

/** Says back what it was asked, in capitals, letter by letter when streamed. */
const parrot = (usesTemplate = true): Answerer => ({
  usesTemplate,
  check: ({ messages }) => {
    if (messages.some(({ content }) => content === "LONG")) fail("E_GENERATE_LENGTH", { what: "the prompt is long." });
  },
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

const rowsOf = (conversations: readonly Conversation[]) =>
  conversations.map((conversation, i) => ({ conversation, origin: `rows.jsonl:${i + 1}` }));

test("a message that is too long does not end a chat", async () => {
  const { context, written } = writtenContext({ input: "hi\nLONG\nagain\n" });
  await runChat(parrot(), { system: undefined, stream: false }, context);
  expect(written.out).toBe("U:HI\nU:HI A:U:HI U:AGAIN\n");
  expect(written.err).toContain("E_GENERATE_LENGTH");
});

test("rows that cannot be asked are dropped and named; a second try repeats nothing", async () => {
  const resultPath = join(await mkdtemp(join(tmpdir(), "tunesmith-")), "result.jsonl");
  const rows = rowsOf(
    ["1", "2", "LONG", "4", "2"].map((content) => ({ messages: [{ role: "user", content, extra: { name: "Ann" } }] })),
  );
  const numbers: (readonly number[] | undefined)[] = [];
  const answerer: Answerer = {
    ...parrot(),
    answer: (conversations, options) => {
      numbers.push(options?.numbers);
      return parrot().answer(conversations, options);
    },
  };
  const first = writtenContext();
  await answerRows(answerer, rows, { system: undefined, resultPath, maxBatchSize: 2 }, first.context);
  expect(numbers).toEqual([
    [0, 1],
    [3, 4],
  ]);
  expect(first.written.err).toContain("1 row: too long, or empty (rows.jsonl:3: the prompt is long.)");
  const text = await readFile(resultPath, "utf8");
  expect(text.split("\n")[0]).toContain('{"role":"user","content":"1","name":"Ann"}');
  // The last answer was cut by a crash.
  await writeFile(resultPath, text.slice(0, -20));
  const second = writtenContext();
  await answerRows(answerer, rows, { system: undefined, resultPath, maxBatchSize: 2 }, second.context);
  expect(numbers[2]).toEqual([4]);
  expect((await readFile(resultPath, "utf8")).trim().split("\n").at(-1)).toBe(text.trim().split("\n").at(-1));
  const strict = answerRows(
    answerer,
    rows,
    { system: "new", resultPath, maxBatchSize: 2, strict: true },
    second.context,
  );
  await expect(strict).rejects.toThrow("rows.jsonl:3");
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
  ] as const satisfies readonly Conversation[];
  const { context, written } = writtenContext();
  await answerRows(parrot(), rowsOf(rows), { system: "sys", resultPath, maxBatchSize: 2 }, context);
  await answerRows(parrot(), rowsOf(rows.slice(0, 1)), { system: undefined, resultPath, maxBatchSize: 2 }, context);
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
  await answerRows(answerer, rowsOf(rows), { system: undefined, resultPath, maxBatchSize: 1 }, context);
  expect((await readFile(resultPath, "utf8")).split("\n")).toHaveLength(2);
  expect(written.err).toMatch(/^1 of 3 rows/);
});

test("a row that only answers is asked nothing", () => {
  expect(questionOf({ messages: [{ role: "assistant", content: "text" }] }, undefined)).toEqual({
    conversation: { messages: [] },
    labels: "text",
  });
});
