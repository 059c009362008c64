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
      { role: "tool_call", content: '{"name": "f", "arguments": {"x": 1}}' },
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

describe("readRow", () => {
  const read = (raw: unknown, more: Partial<Parameters<typeof readRow>[1]> = {}) =>
    readRow(raw, { origin: "x:1", purpose: "sft", ...more });

  it("maps columns in any case, over one that has the name already", () => {
    const columns = { Best: "response" };
    expect(read({ question: "a", best: "b", response: "c" }, { columns }).conversation.messages[1]).toEqual(
      assistant("b"),
    );
    expect(read({ question: "a", response: "c", best: "b" }, { columns }).conversation.messages[1]).toEqual(
      assistant("b"),
    );
  });

  it("drops columns that no stage reads, or keeps all", () => {
    const raw = { problem: "a", solution: "b", source: "web", channel: "math", Label: 1, note: null };
    expect(read(raw).extra).toEqual({ solution: "b", channel: "math", label: 1 });
    expect(read(raw, { removeUnusedColumns: false }).extra).toEqual({
      solution: "b",
      source: "web",
      channel: "math",
      label: 1,
    });
  });

  it("keeps columns that a sampler reads, statistics of data process too", () => {
    const raw = { query: "a", response: "b", score: 1, note: "x", __dj__stats__: { perplexity: 12.5, num_words: 1 } };
    expect(read(raw, { keepColumns: ["score", "__dj__stats__.perplexity"], dataset: 2 })).toMatchObject({
      extra: { score: 1, __dj__stats__: { perplexity: 12.5 } },
      dataset: 2,
    });
    expect(read(raw).extra).toEqual({});
    expect(read({ text: "a" }, { purpose: "pt", keepColumns: ["text"] }).extra).toEqual({ text: "a" });
  });

  it("keeps tools as the JSON they are, of different forms in different rows, as lists or as texts", () => {
    const tools = [
      { name: "f", parameters: { a: null, b: [] } },
      { name: "g", extra: { deep: 1 } },
    ];
    const raw = { query: "a", response: "b" };
    for (const given of [tools, JSON.stringify(tools), tools.map((tool) => JSON.stringify(tool))]) {
      expect(read({ ...raw, tools: given }).conversation.tools).toEqual(tools);
    }
  });

  it("reads template variables from objects and from cells", () => {
    const raw = { query: "a", response: "b" };
    for (const given of [{ enable_thinking: false }, '{"enable_thinking": false}', "{'enable_thinking': False}"]) {
      expect(read({ ...raw, chat_template_kwargs: given }).conversation.chat_template_kwargs).toEqual({
        enable_thinking: false,
      });
    }
  });

  it("takes OpenAI's weight of a message for its loss", () => {
    const raw = {
      messages: [user("a"), { ...assistant("b"), weight: 0 }, user("c"), { ...assistant("d"), weight: 1 }],
    };
    expect(read(raw).conversation.messages.map(({ loss }) => loss)).toEqual([undefined, false, undefined, true]);
  });

  it("lets messages be empty where nothing is lost by it", () => {
    const quiet = { role: "assistant", content: "", loss: false };
    const call = { role: "tool_call", content: '{"name": "f", "arguments": {}}' };
    const raw = {
      messages: [system(""), user("a"), quiet, user("b"), call, { role: "tool", content: "" }, assistant("c")],
    };
    expect(read(raw).conversation.messages.length).toBe(7);
  });

  it("needs no answer for inference, nor decides between several", () => {
    expect(messages({ question: "a" }, "infer")).toEqual([user("a")]);
    expect(messages({ problem: "a", answer: "b", solution: "c" }, "infer")).toEqual([user("a")]);
  });

  it("takes any text for pretraining, but not an answer for a text in fine-tuning", () => {
    expect(messages({ content: "once", id: 3 }, "sft")).toEqual([assistant("once")]);
    expect(messages({ output: "once" }, "pt")).toEqual([assistant("once")]);
    expect(messages({ text: "once", answer: "x" }, "pt")).toEqual([assistant("once")]);
  });

  it("keeps pictures in order for models that see", () => {
    const part = (url: string) => ({ type: "image_url", image_url: { url } });
    const raw = {
      messages: [{ role: "user", content: [part("1"), { type: "text", text: "and" }, part("2")] }, assistant("b")],
    };
    const row = read(raw, { media: "keep" });
    expect(row.conversation.messages[0]?.content).toBe("<image>and<image>");
    expect(row.extra).toEqual({ images: ["1", "2"] });
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
    [
      "ShareGPT's unknown speaker",
      { conversations: [{ from: "ai", value: "a" }] },
      "conversations[0].from",
      'Write "assistant"',
    ],
    [
      "a role that is a name of JavaScript's",
      { messages: [{ role: "constructor", content: "a" }] },
      "messages[0].role",
      "Name the role",
    ],
    ["a message that is a text", { messages: ["a"] }, "messages[0]", '"role"'],
    ["messages that are no list", { messages: { role: "user" } }, "messages", "Write a list"],
    ["an empty answer", { messages: [user("a"), assistant(" ")] }, "messages[1].content", "Fill it"],
    ["an empty question", { query: "", response: "b" }, "query", "Fill it"],
    ["no content", { messages: [user("a"), { role: "assistant" }] }, "messages[1].content", "Give every message"],
    ["a number as answer", { question: "a", answer: 42 }, "answer", 'Write "42"'],
    ["no answer", { question: "a", rationale: "b" }, "response", '{"rationale":"response"}'],
    ["two answers", { problem: "a", answer: "b", solution: "c" }, "response", '{"solution":"response"}'],
    ["two questions", { prompt: "a", question: "b", answer: "c" }, "query", '{"question":"query"}'],
    ["an answer without a question", { instrucion: "a", output: "b" }, "query", '{"instrucion":"query"}'],
    [
      "a result without a call",
      { messages: [user("a"), { role: "tool", content: "1" }, assistant("b")] },
      "messages[1].role",
      "tool_call",
    ],
    ["an assistant before any user", { messages: [system("s"), assistant("b")] }, "messages[1].role", "user message"],
    [
      "a call that is no JSON",
      { messages: [user("a"), { role: "tool_call", content: "f(1)" }] },
      "messages[1].content",
      "JSON",
    ],
    [
      "an unknown part",
      { messages: [{ role: "user", content: [{ type: "pdf" }] }] },
      "messages[0].content[0]",
      "one text",
    ],
    ["pictures", { messages: [user("<image>a"), assistant("b")], image: "x.png" }, "images", "Leave out"],
    [
      "a picture inside",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: "x" }] }, assistant("b")] },
      "messages[0].content",
      "Leave out",
    ],
    ["tools that are a text", { query: "a", response: "b", tools: "none" }, "tools", "list of function schemas"],
    ["a tool that is a number", { query: "a", response: "b", tools: [1] }, "tools[0]", "list of function schemas"],
    [
      "chat_template_kwargs that are a list",
      { query: "a", response: "b", chat_template_kwargs: [1] },
      "chat_template_kwargs",
      "object",
    ],
    [
      "a rejected response that is the chosen one",
      { query: "a", response: "b", rejected_response: "b" },
      "rejected_response",
      "Drop",
    ],
    ["history of no pairs", { query: "a", response: "b", history: ["a"] }, "history[0]", '["question", "answer"]'],
    [
      "a negative loss_scale",
      { messages: [user("a"), { ...assistant("b"), loss_scale: -1 }] },
      "messages[1].loss_scale",
      "number",
    ],
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
