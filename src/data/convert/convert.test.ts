import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRow } from "../row.ts";
import type { Conversation } from "../../text/message.ts";
import { convertRows } from "./convert.ts";
import { layouts } from "./layouts.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "convert-"));
});
afterAll(() => rm(folder, { recursive: true }));

const plain: Conversation = {
  messages: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "One?" },
    { role: "assistant", content: "1" },
    { role: "user", content: "Two?" },
    { role: "assistant", content: "2" },
  ],
};

const withTools: Conversation = {
  messages: [
    { role: "user", content: "Weather?" },
    { role: "tool_call", content: '{"name": "weather", "arguments": {}}' },
    { role: "tool_response", content: '{"sun": true}' },
    { role: "assistant", content: "Sunny.", loss: false },
  ],
  tools: [{ type: "function", function: { name: "weather" } }],
};

const write = (name: string, conversation: Conversation) =>
  layouts.find((layout) => layout.name === name)?.write(conversation);

describe("layouts", () => {
  it.each(layouts.map(({ name }) => name))("%s: what is written is read again as it was", (name) => {
    const written = write(name, plain);
    expect(written).toHaveProperty("row");
    const { row } = written as { readonly row: Record<string, unknown> };
    expect(readRow(row, { origin: "row", purpose: "sft" }).conversation).toEqual(plain);
    expect(row).toMatchSnapshot();
  });

  it.each(["messages", "sharegpt"])("%s holds tools, calls and weights", (name) => {
    const { row } = write(name, withTools) as { readonly row: Record<string, unknown> };
    expect(readRow(row, { origin: "row", purpose: "sft" }).conversation).toEqual(withTools);
  });

  it.each(["alpaca", "query-response", "data-juicer"])("%s refuses what it has no place for", (name) => {
    expect(write(name, withTools)).toEqual({ refused: "it has tools" });
    const messages = plain.messages.slice(2);
    expect(write(name, { messages })).toEqual({
      refused: "message 1 is of role assistant, where the user's would be",
    });
  });

  it("instruction and query of a row of Data-Juicer are both read", () => {
    const row = { system: "", instruction: "Translate.", query: "Hund", response: "dog", history: [] };
    expect(readRow(row, { origin: "row", purpose: "sft" }).conversation.messages).toEqual([
      { role: "user", content: "Translate.\nHund" },
      { role: "assistant", content: "dog" },
    ]);
  });
});

describe("convertRows", () => {
  it("keeps other columns, leaves out bad rows with their reason, and writes whole files only", async () => {
    const rows = [
      '{"instruction": "a", "input": "b", "output": "c", "id": 7, "images": ["x.png"]}',
      "{broken",
      '{"messages": [{"role": "robot", "content": "x"}]}',
    ];
    await writeFile(join(folder, "rows.jsonl"), rows.join("\n"));
    const report = await convertRows([join(folder, "rows.jsonl")], join(folder, "out.jsonl"), {
      layout: "messages",
      strict: false,
      overwrite: true,
    });
    expect(report).toMatchObject({ read: 3, written: 1 });
    expect(report.dropped.map(({ count }) => count)).toEqual([1, 1]);
    expect(JSON.parse(await readFile(join(folder, "out.jsonl"), "utf8"))).toEqual({
      messages: [
        { role: "user", content: "a\nb" },
        { role: "assistant", content: "c" },
      ],
      id: 7,
      images: ["x.png"],
    });
    const failing = convertRows([join(folder, "rows.jsonl")], join(folder, "strict.jsonl"), {
      layout: "messages",
      strict: true,
    });
    await expect(failing).rejects.toThrow(/E_DATA_ROW: .*rows.jsonl:2/);
    expect((await readdir(folder)).sort()).toEqual(["out.jsonl", "rows.jsonl"]);
  });
});

describe("rows there and back", () => {
  const content = fc.oneof(
    fc.constantFrom("Hi", "a\nb", '{"a": 1}', '["x"]', "日本 🙂", "<image>", "null"),
    fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => text.trim() !== ""),
  );
  const pairs = fc
    .tuple(fc.option(content, { nil: undefined }), fc.array(fc.tuple(content, content), { minLength: 1, maxLength: 4 }))
    .map(([system, turns]): Conversation => ({
      messages: [
        ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
        ...turns.flatMap(([user, assistant]) => [
          { role: "user" as const, content: user },
          { role: "assistant" as const, content: assistant },
        ]),
      ],
    }));
  const beside = fc.record(
    {
      id: fc.integer(),
      images: fc.array(fc.constantFrom("a.png", "b.png"), { minLength: 1 }),
      rejected_response: fc.constant("something else entirely"),
      label: fc.boolean(),
      __dj__meta__: fc.constant({ tags: ["x"] }),
    },
    { requiredKeys: [] },
  );

  async function convert(from: string, layout: string): Promise<string> {
    const to = join(folder, `${from === "start.jsonl" ? "" : "again-"}${layout}.jsonl`);
    const report = await convertRows([join(folder, from)], to, { layout, strict: true, overwrite: true });
    expect(report.written).toBe(report.read);
    return readFile(to, "utf8");
  }

  it.each(layouts.map(({ name }) => name))("through %s are what they were, with all columns beside", async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(pairs, beside), { minLength: 1, maxLength: 5 }), async (rows) => {
        const lines = rows.map(([conversation, columns]) => `${JSON.stringify({ ...conversation, ...columns })}\n`);
        await writeFile(join(folder, "start.jsonl"), lines.join(""));
        await convert("start.jsonl", name);
        const back = await convert(`${name}.jsonl`, "messages");
        const parsed = back
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as unknown);
        expect(parsed).toEqual(rows.map(([conversation, columns]) => ({ ...conversation, ...columns })));
      }),
      { numRuns: 25 },
    );
  });

  it.each(["messages", "sharegpt"])("with tools, calls and weights go through %s", async (name) => {
    const row = { ...withTools, images: ["x.png"], rejected_response: "Rain." };
    await writeFile(join(folder, "start.jsonl"), `${JSON.stringify(row)}\n`);
    await convert("start.jsonl", name);
    expect(JSON.parse(await convert(`${name}.jsonl`, "messages"))).toEqual(row);
  });

  it("with a column that would be read as part of the conversation are refused", async () => {
    const messages = plain.messages.slice(1, 3);
    const rows = [
      { messages, query: "something else" },
      { messages, id: 1 },
    ];
    await writeFile(join(folder, "start.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const options = { layout: "query-response", strict: false, overwrite: true };
    const report = await convertRows([join(folder, "start.jsonl")], join(folder, "way.jsonl"), options);
    expect(report.dropped).toMatchObject([{ count: 1, reason: "a column is in the way" }]);
    expect(JSON.parse(await readFile(join(folder, "way.jsonl"), "utf8"))).toEqual({
      query: "One?",
      response: "1",
      id: 1,
    });
  });
});
