import { describe, expect, it } from "vitest";
import { agentTemplate, agentTemplateNames } from "./agent-templates.ts";
import type { Conversation, Message } from "./message.ts";
import { prepareConversation, type ToolSupport } from "./turns.ts";

const full: ToolSupport = { tools: true, results: true, anyId: true, calls: { arguments: "object", content: "" } };
const none: ToolSupport = { tools: false, results: false, anyId: true, calls: undefined };

function prepare(conversation: Conversation, agent?: string, support = full) {
  return prepareConversation(conversation, {
    agent: agent === undefined ? undefined : agentTemplate(agent),
    support: () => support,
    reads: () => true,
  });
}

const user = (content: string): Message => ({ role: "user", content });
const assistant = (content: string, more: Partial<Message> = {}): Message => ({ role: "assistant", content, ...more });
const call = (name: string, more: Partial<Message> = {}): Message => ({
  role: "tool_call",
  content: JSON.stringify({ name, arguments: { city: "Rome" } }),
  ...more,
});
const response = (content: string): Message => ({ role: "tool_response", content });
const tools = [{ name: "weather", description: "The weather.", parameters: { type: "object", properties: {} } }];

describe("prepareConversation", () => {
  it("joins neighbours of one side and keeps their settings apart", () => {
    const { messages, turns } = prepare({
      messages: [user("a"), user("b"), assistant("c", { loss: false }), assistant("d", { loss_scale: 2 }), user("e")],
    });
    expect(messages).toEqual([
      { role: "user", content: "ab" },
      { role: "assistant", content: "cd" },
      { role: "user", content: "e" },
    ]);
    expect(turns).toHaveLength(1);
    expect(turns[0]?.query).toBe("ab");
    expect(turns[0]?.parts.map((p) => [p.text, p.loss, p.lossScale, p.lastRound])).toEqual([
      ["c", false, undefined, false],
      ["d", undefined, 2, false],
    ]);
  });

  it("hands parallel calls and results to a template that can write them", () => {
    const {
      messages,
      turns,
      tools: given,
    } = prepare({
      messages: [
        user("q"),
        assistant("Let me see."),
        call("weather"),
        call("news"),
        response("sun"),
        response("war"),
        assistant("ok"),
      ],
      tools,
    });
    expect(given).toEqual(tools);
    expect(messages[1]).toEqual({
      role: "assistant",
      content: "Let me see.",
      tool_calls: [
        { id: "call00000", type: "function", function: { name: "weather", arguments: { city: "Rome" } } },
        { id: "call00001", type: "function", function: { name: "news", arguments: { city: "Rome" } } },
      ],
    });
    expect(messages.slice(2)).toEqual([
      { role: "tool", content: "sun", tool_call_id: "call00000", name: "weather" },
      { role: "tool", content: "war", tool_call_id: "call00001", name: "news" },
      { role: "assistant", content: "ok" },
    ]);
    expect(turns.map((t) => [t.message, t.native, t.query])).toEqual([
      [1, true, "q"],
      [4, false, "sun\nwar"],
    ]);
  });

  it("gives arguments and content in the form the template needs", () => {
    const { messages } = prepare({ messages: [user("q"), call("f")] }, undefined, {
      ...full,
      calls: { arguments: "string", content: null },
    });
    expect(messages[1]?.content).toBeNull();
    expect(messages[1]?.tool_calls?.[0]?.function.arguments).toBe('{"city":"Rome"}');
  });

  it("gives each call its own settings, or those of the first that has some", () => {
    const { turns } = prepare(
      { messages: [user("q"), call("f", { loss: false }), call("g", { loss: true, loss_scale: 3 })] },
      "hermes",
    );
    expect(turns[0]?.parts.map((p) => [p.loss, p.lossScale])).toEqual([
      [false, 3],
      [true, 3],
    ]);
    expect(turns[0]?.parts.map((p) => p.text).join("")).toBe(
      prepare({ messages: [user("q"), call("f"), call("g")] }, "hermes").turns[0]?.parts[0]?.text,
    );
  });

  it("pairs results with calls by id, whatever their order", () => {
    const answer = (content: string, id: string): Message => ({ role: "tool_response", content, tool_call_id: id });
    const messages: readonly Message[] = [
      user("q"),
      call("f", { id: "a1" }),
      call("g", { id: "b2" }),
      answer("of g", "b2"),
      answer("of f", "a1"),
    ];
    const tools = prepare({ messages }).messages.filter(({ role }) => role === "tool");
    expect(tools).toEqual([
      { role: "tool", content: "of g", tool_call_id: "b2", name: "g" },
      { role: "tool", content: "of f", tool_call_id: "a1", name: "f" },
    ]);
    const nine = prepare({ messages }, undefined, { ...full, anyId: false });
    expect(nine.messages[1]?.tool_calls?.map(({ id }) => id)).toEqual(["call00000", "call00001"]);
    expect(nine.messages.slice(2).map((m) => m.tool_call_id)).toEqual(["call00001", "call00000"]);
    // A format of text has no ids: results stand in the order of the calls.
    const text = prepare({ messages }, "hermes").messages.at(-1)?.content ?? "";
    expect(text.indexOf("of f")).toBeLessThan(text.indexOf("of g"));
  });

  it("hands keys of messages to the template, each to its own message", () => {
    const { messages } = prepare({
      messages: [
        { ...user("q"), extra: { name: "Ann" } },
        assistant("one", { extra: { reasoning_content: "first" } }),
        assistant("two", { extra: { reasoning_content: "second" } }),
      ],
    });
    expect(messages).toEqual([
      { role: "user", content: "q", name: "Ann" },
      { role: "assistant", content: "one", reasoning_content: "first" },
      { role: "assistant", content: "two", reasoning_content: "second" },
    ]);
  });

  it("writes calls and results as text with an agent template", () => {
    const { messages, tools: given } = prepare(
      {
        messages: [
          { role: "system", content: "Be kind." },
          user("q"),
          call("weather"),
          response("sun"),
          assistant("Sunny."),
        ],
        tools,
      },
      "hermes",
    );
    expect(given).toBeNull();
    expect(messages[0]?.content).toMatch(
      /^Be kind\.\n\n# Tools[^]*\{"type": "function", "function": \{"name": "weather"/,
    );
    expect(messages.slice(2)).toEqual([
      { role: "assistant", content: '<tool_call>\n{"name": "weather", "arguments": {"city": "Rome"}}\n</tool_call>' },
      { role: "user", content: "<tool_response>\nsun\n</tool_response>" },
      { role: "assistant", content: "Sunny." },
    ]);
  });

  it("keeps results inside the turn where the format wants them", () => {
    const { messages, turns } = prepare(
      {
        messages: [
          user("q"),
          assistant("Thought: ask\n"),
          call("weather"),
          response("sun"),
          assistant("Final Answer: sun"),
        ],
        tools,
      },
      "react_en",
    );
    expect(messages.map((m) => m.role)).toEqual(["system", "user", "assistant"]);
    expect(turns[0]?.parts.map((p) => [p.text, p.generated, p.lastRound])).toEqual([
      ["Thought: ask\n", true, false],
      ['Action: weather\nAction Input: {"city": "Rome"}\nObservation:', true, false],
      ["sun\n", false, false],
      ["Final Answer: sun", true, true],
    ]);
  });

  it("says when the template cannot write tools, and what helps", () => {
    expect(() => prepare({ messages: [user("q"), assistant("a")], tools }, undefined, none)).toThrow(
      /E_TEXT_TOOLS.*does not write tools.*--agent-template.*hermes/,
    );
    expect(() => prepare({ messages: [user("q"), call("f"), response("r")] }, undefined, none)).toThrow(
      "tool calls, tool results",
    );
  });

  it("names the message that is wrong", () => {
    const bad = (messages: readonly unknown[]) => () => prepare({ messages: messages as Message[] });
    expect(bad([])).toThrow("no messages");
    expect(bad([user("a"), { role: "robot", content: "b" }])).toThrow(/E_TEXT_MESSAGES: message 2.*"robot"/);
    expect(bad([{ role: "user", content: null }])).toThrow("must be text");
    expect(bad([user("a"), { role: "tool_call", content: "{}" }])).toThrow(/message 2.*name and arguments/);
    expect(bad([user("a"), response("b")])).toThrow("must follow");
  });
});

describe("agent templates", () => {
  const calls = [
    { name: "weather", arguments: { city: "Rome" } },
    { name: "news", arguments: { days: 2, tags: ["a", "b"] } },
  ];

  for (const name of agentTemplateNames) {
    it(`${name} reads back the calls it writes`, () => {
      const template = agentTemplate(name);
      expect(template.parse(template.calls(calls))).toEqual(calls);
      expect(template.parse("Just text.")).toEqual([]);
      expect(template.tools(tools, "Sys")).toContain("weather");
    });
  }

  it("write what models were trained on", () => {
    expect(agentTemplate("react_en").calls(calls.slice(0, 1))).toBe(
      'Action: weather\nAction Input: {"city": "Rome"}\nObservation:',
    );
    expect(agentTemplate("qwen_en").calls(calls.slice(0, 1))).toBe(
      '✿FUNCTION✿: weather\n✿ARGS✿: {"city": "Rome"}\n✿RESULT✿:',
    );
    expect(agentTemplate("react_en").tools(tools, "")).toContain(
      'weather: Call this tool to interact with the weather API. What is the weather API useful for? The weather. Parameters: {"type": "object", "properties": {}} Format the arguments as a JSON object.',
    );
  });

  it("number several results as ms-swift does", () => {
    const { observation, calls: write } = agentTemplate("qwen_en");
    expect(observation(["r1", "r2\n"], write(calls))).toEqual({
      as: "inline",
      assistantSuffix: "",
      text: "r1\n✿RESULT✿:r2\n",
    });
    expect(agentTemplate("react_en").observation(["r"], "Action: f\nAction Input: {}")).toEqual({
      as: "inline",
      assistantSuffix: "\nObservation:",
      text: "r\n",
    });
    expect(agentTemplate("hermes").observation(["a", "b"], "x")).toEqual({
      as: "user",
      text: "<tool_response>\na\n</tool_response>\n<tool_response>\nb\n</tool_response>",
    });
  });

  it("read calls between other text, and leave broken ones out", () => {
    const { parse } = agentTemplate("hermes");
    expect(parse('Sure.\n<tool_call>{"name": "f", "arguments": {}}</tool_call>\n<tool_call>oops</tool_call>')).toEqual([
      { name: "f", arguments: {} },
    ]);
    expect(agentTemplate("react_en").parse("Action: f\nAction Input: not json\n")).toEqual([
      { name: "f", arguments: "not json" },
    ]);
  });

  it("are suggested", () => {
    expect(() => agentTemplate("hermess")).toThrow(/E_TEXT_AGENT_TEMPLATE.*Did you mean hermes/);
    expect(() => agentTemplate("hermes").tools([{ nme: "x" }], "")).not.toThrow();
    expect(() => agentTemplate("react_en").tools([{ nme: "x" }], "")).toThrow("E_TEXT_TOOLS");
  });
});
