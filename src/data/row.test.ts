import { describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import type { Message } from "../text/message.ts";
import { readRow, type Purpose } from "./row.ts";

const messages = (raw: unknown, purpose: Purpose = "sft"): readonly Message[] =>
  readRow(raw, { origin: "x.jsonl:1", purpose }).conversation.messages;
const user = (content: string): Message => ({ role: "user", content });
const assistant = (content: string): Message => ({ role: "assistant", content });
const system = (content: string): Message => ({ role: "system", content });

describe("readRow reads every shape", () => {
  it.each([
    ["messages", { messages: [user("a"), assistant("b")] }, [user("a"), assistant("b")]],
    ["messages as JSON text", { messages: JSON.stringify([user("a"), assistant("b")]) }, [user("a"), assistant("b")]],
    [
      "messages with a system column",
      { system: "s", messages: [user("a"), assistant("b")] },
      [system("s"), user("a"), assistant("b")],
    ],
    [
      "sharegpt",
      {
        conversations: [
          { from: "human", value: "a" },
          { from: "gpt", value: "b" },
        ],
      },
      [user("a"), assistant("b")],
    ],
    [
      "swift pairs",
      {
        system: "s",
        conversation: [
          { human: "a", assistant: "b" },
          { human: "c", assistant: "d" },
        ],
      },
      [system("s"), user("a"), assistant("b"), user("c"), assistant("d")],
    ],
    ["alpaca", { instruction: "a", input: "b", output: "c" }, [user("a\nb"), assistant("c")]],
    ["alpaca without input", { instruction: "a", input: "", output: "c" }, [user("a"), assistant("c")]],
    [
      "query-response with history",
      { query: "c", response: "d", history: [["a", "b"]] },
      [user("a"), assistant("b"), user("c"), assistant("d")],
    ],
    ["question and answer", { question: "a", answer: "b" }, [user("a"), assistant("b")]],
    ["problem and solution", { problem: "a", solution: "b" }, [user("a"), assistant("b")]],
    [
      "prompt and completion",
      { prompt: "a", completion: "b", system_prompt: "s" },
      [system("s"), user("a"), assistant("b")],
    ],
    [
      "content parts",
      { messages: [{ role: "user", content: [{ type: "text", text: "a" }] }, assistant("b")] },
      [user("a"), assistant("b")],
    ],
  ])("%s", (_, raw, expected) => expect(messages(raw)).toEqual(expected));

  it("a text alone is pretraining", () => {
    expect(messages({ text: "once" }, "pt")).toEqual([assistant("once")]);
    expect(messages({ messages: [assistant("once")] }, "pt")).toEqual([assistant("once")]);
  });

  it("OpenAI tool calls become tool_call and tool_response messages", () => {
    const call = { type: "function", function: { name: "f", arguments: '{"x":1}' } };
    const raw = {
      messages: [
        user("a"),
        { role: "assistant", content: null, tool_calls: [call] },
        { role: "tool", content: "2" },
        assistant("b"),
      ],
    };
    expect(messages(raw)).toEqual([
      user("a"),
      { role: "tool_call", content: '{"name":"f","arguments":{"x":1}}' },
      { role: "tool_response", content: "2" },
      assistant("b"),
    ]);
  });

  it("keeps loss and loss_scale, tools as they are, and other columns aside", () => {
    const tools = [{ type: "function", function: { name: "f", parameters: { a: { type: "string" } } } }];
    const row = readRow(
      {
        messages: [user("a"), { ...assistant("b"), loss: false }, user("c"), { ...assistant("d"), loss_scale: 2 }],
        tools: JSON.stringify(tools),
        label: 1,
      },
      { origin: "x:1", purpose: "sft" },
    );
    expect(row.conversation.tools).toEqual(tools);
    expect(row.conversation.messages[1]).toEqual({ ...assistant("b"), loss: false });
    expect(row.conversation.messages[3]).toEqual({ ...assistant("d"), loss_scale: 2 });
    expect(row.extra).toEqual({ label: 1 });
  });

  it("renames columns", () => {
    const row = readRow({ a: "x", b: "y" }, { origin: "x:1", purpose: "sft", columns: { a: "query", b: "response" } });
    expect(row.conversation.messages).toEqual([user("x"), assistant("y")]);
  });
});

describe("readRow refuses, naming the field and the fix", () => {
  it.each([
    [
      "a role of another tool",
      { messages: [{ role: "human", content: "a" }, assistant("b")] },
      "messages[0].role",
      'Write "user"',
    ],
    [
      "a mistyped role",
      { messages: [user("a"), { role: "asistant", content: "b" }] },
      "messages[1].role",
      'Write "assistant"',
    ],
    [
      "content that is no text",
      { messages: [{ role: "user", content: 3 }, assistant("b")] },
      "messages[0].content",
      "text",
    ],
    ["two user messages", { messages: [user("a"), user("b"), assistant("c")] }, "messages[1].role", "Join"],
    ["a late system message", { messages: [user("a"), system("s"), assistant("b")] }, "messages[1].role", "first"],
    ["nothing to learn", { messages: [user("a")] }, "messages[0].role", "assistant"],
    ["no messages", { messages: [] }, "messages", "at least one"],
    ["unknown columns", { foo: "a" }, "x.jsonl:1", "--columns"],
    ["a bad loss", { messages: [user("a"), { ...assistant("b"), loss: "yes" }] }, "loss", "true or false"],
    ["a row that is a list", [1], "x.jsonl:1", "messages"],
  ])("%s", (_, raw, field, fix) => {
    let failure: unknown;
    try {
      messages(raw);
    } catch (error) {
      failure = error;
    }
    expect(isTunesmithError(failure, "E_DATA_ROW")).toBe(true);
    expect((failure as Error).message).toContain(field);
    expect((failure as Error).message).toContain(fix);
  });
});
