import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
