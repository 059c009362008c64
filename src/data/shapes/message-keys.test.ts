import { describe, expect, it } from "vitest";
import { tryReadRow } from "../row.ts";
import { isProblem } from "./shape.ts";

const read = (raw: unknown) => {
  const row = tryReadRow(raw, { origin: "rows.jsonl:1", purpose: "sft" });
  return isProblem(row) ? row : { ...row.conversation, unread: row.unread };
};
const user = { role: "user", content: "q" };
const reply = (more: object) => ({ messages: [user, { role: "assistant", content: "a", ...more }] });

describe("reasoning", () => {
  it.each(["reasoning_content", "reasoning", "thinking"])("%s is kept for the template", (key) => {
    expect(read(reply({ [key]: "because" }))).toMatchObject({
      messages: [user, { content: "a", extra: { [key]: "because" } }],
    });
  });
  it("stands with the first of the calls that have no text", () => {
    const call = (name: string) => ({ id: name, function: { name, arguments: "" } });
    const raw = reply({ content: null, reasoning_content: "because", tool_calls: [call("f"), call("g")] });
    expect(read(raw)).toMatchObject({
      messages: [
        user,
        {
          role: "tool_call",
          id: "f",
          content: '{"name": "f", "arguments": {}}',
          extra: { reasoning_content: "because" },
        },
        { role: "tool_call", id: "g" },
      ],
    });
  });
  it("may be all that a message has, or a part of its content", () => {
    expect(read(reply({ content: null, reasoning_content: "because" }))).toMatchObject({
      messages: [user, { content: "" }],
    });
    const parts = [
      { type: "thinking", thinking: "because", signature: "s" },
      { type: "text", text: "a" },
    ];
    expect(read(reply({ content: parts }))).toMatchObject({
      messages: [user, { content: "a", extra: { reasoning_content: "because" } }],
    });
  });
});

describe("OpenAI's older function calls", () => {
  it("are calls, tools and results", () => {
    const row = read({
      functions: [{ name: "weather", parameters: {} }],
      messages: [
        user,
        {
          role: "assistant",
          content: null,
          function_call: { name: "weather", arguments: '{"town": "Oslo", "n": 1.0}' },
        },
        { role: "function", name: "weather", content: "rain" },
        { role: "assistant", content: "It rains." },
      ],
    });
    expect(row).toMatchObject({
      tools: [{ type: "function", function: { name: "weather", parameters: {} } }],
      messages: [
        user,
        { role: "tool_call", content: '{"name": "weather", "arguments": {"town": "Oslo", "n": 1.0}}' },
        { role: "tool_response", name: "weather", content: "rain" },
        { role: "assistant" },
      ],
    });
  });
  it("beside tools are refused", () => {
    const raw = { ...reply({}), tools: [{ name: "f" }], functions: [{ name: "g" }] };
    expect(read(raw)).toMatchObject({ reason: "tools and functions in one row" });
  });
});

describe("how a message is trained", () => {
  it.each([
    [{ train: false }, false],
    [{ train: 1 }, true],
    [{ weight: 0 }, false],
    [{ weight: 1 }, true],
    [{ loss: true, weight: 0 }, true],
  ])("%o", (given, loss) => expect(read(reply(given))).toMatchObject({ messages: [user, { loss }] }));

  it.each([
    [{ weight: 0.5 }, "messages[1].weight"],
    [{ train: "yes" }, "messages[1].train"],
  ])("%o is refused", (given, field) => expect(read(reply(given))).toMatchObject({ field }));

  it("stands with ShareGPT, pairs, parts of a content and calls, too", () => {
    const turns = [
      { from: "human", value: "q" },
      { from: "gpt", value: "a", train: false },
    ];
    expect(read({ conversations: turns })).toMatchObject({ messages: [{}, { loss: false }] });
    expect(read({ conversation: [{ human: "q", assistant: "a", weight: 0 }] })).toMatchObject({
      messages: [{}, { loss: false }],
    });
    const parts = [
      { type: "text", text: "a", train: false },
      { type: "text", text: "b" },
    ];
    expect(read(reply({ content: parts }))).toMatchObject({
      messages: [user, { content: "a", loss: false }, { content: "b" }],
    });
    const calls = [
      { function: { name: "f", arguments: {} }, loss: false },
      { function: { name: "g", arguments: {} }, loss: true },
    ];
    expect(read(reply({ content: null, tool_calls: calls }))).toMatchObject({
      messages: [user, { loss: false }, { loss: true }],
    });
  });
});

describe("prompt and completion as messages", () => {
  const prompt = [
    { role: "system", content: "s" },
    user,
    { role: "assistant", content: "b" },
    { role: "user", content: "c" },
  ];
  it("are one conversation, of which the completion is trained", () => {
    expect(read({ prompt, completion: [{ role: "assistant", content: "d" }] })).toEqual({
      messages: [
        { role: "system", content: "s" },
        user,
        { role: "assistant", content: "b", loss: false },
        { role: "user", content: "c" },
        { role: "assistant", content: "d" },
      ],
      unread: undefined,
    });
  });
  it("may be a text on one side, one message, or the JSON text of a list", () => {
    const wanted = { messages: [user, { role: "assistant", content: "d" }] };
    expect(read({ prompt: [user], completion: "d" })).toMatchObject(wanted);
    expect(read({ prompt: "q", completion: { role: "assistant", content: "d" } })).toMatchObject(wanted);
    expect(read({ prompt: JSON.stringify([user]), completion: "d" })).toMatchObject(wanted);
    expect(read({ prompt: "q", completion: "d" })).toMatchObject(wanted);
  });
});

describe("what nothing reads", () => {
  it("is named", () => {
    const raw = {
      id: 7,
      messages: [
        { ...user, loss: true },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "c", strict: true, function: { name: "f", arguments: {}, note: 1 } }],
        },
        { role: "tool", tool_call_id: "c", content: "1" },
        { role: "tool_call", content: '{"name": "f", "arguments": {}, "mood": 1}' },
      ],
    };
    expect(read(raw)).toMatchObject({
      unread: [
        { what: "column id", at: "id" },
        { what: "loss of user messages, which are never trained" },
        { what: "key strict of calls", at: "messages[1].tool_calls[0].strict" },
        { what: "key note of calls", at: "messages[1].tool_calls[0].function.note" },
        { what: "key mood of calls", at: "messages[3].content.mood" },
      ],
    });
  });
  it("a result of no call is a bad row", () => {
    const messages = [
      user,
      { role: "assistant", content: null, tool_calls: [{ id: "c", function: { name: "f", arguments: {} } }] },
      { role: "tool", tool_call_id: "d", content: "1" },
      { role: "assistant", content: "a" },
    ];
    expect(read({ messages })).toMatchObject({ field: "messages[2].tool_call_id", reason: "a result of no call" });
  });
  it("half a character is a bad row, in texts and in tools", () => {
    expect(read(reply({ content: "a\ud83d" }))).toMatchObject({ field: "messages[1].content" });
    expect(read(reply({ content: "a😀" }))).toMatchObject({ messages: [user, { content: "a😀" }] });
    expect(read({ ...reply({}), tools: [{ name: "f", description: "\ud83d" }] })).toMatchObject({ field: "tools" });
  });
});
