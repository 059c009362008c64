import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tokenizerWith } from "../../test/support/text.ts";
import { agentTemplate } from "./agent-templates.ts";
import { loadChatTemplate } from "./chat-template.ts";
import { checkDrift, checkSample, checkTemplate, createSamplesCheck } from "./check.ts";
import { encodeConversation, encodePrompt, type EncodedSample, type EncodeSampleOptions } from "./encode.ts";
import { parseLossScale } from "./loss-scale.ts";
import { IGNORE, type Conversation, type Message } from "./message.ts";
import { previewSample } from "./preview.ts";
import { isDropped, splitSample } from "./truncate.ts";

const tokenizer = tokenizerWith(["<|im_start|>", "<|im_end|>"]);
const fixture = (name: string) => readFileSync(`test/fixtures/chat-templates/${name}`, "utf8");
const chatml = loadChatTemplate(tokenizer);
const options: EncodeSampleOptions = { tokenizer, template: chatml, lossScale: parseLossScale("default") };

const user = (content: string): Message => ({ role: "user", content });
const assistant = (content: string, more: Partial<Message> = {}): Message => ({ role: "assistant", content, ...more });
const many: Conversation = {
  messages: [
    { role: "system", content: "Short." },
    user("Hi there"),
    assistant("Hello!"),
    user("More"),
    assistant("Bye now."),
  ],
};

function encode(conversation: Conversation, more: Partial<EncodeSampleOptions> = {}): EncodedSample {
  const result = encodeConversation(conversation, { ...options, ...more });
  if (isDropped(result)) throw new Error(result.dropped);
  return result;
}

/** The text of the trained tokens, one string per unbroken stretch. */
function trained({ ids, labels }: EncodedSample): string[] {
  const stretches: number[][] = [];
  labels.forEach((label, i) => {
    if (label === IGNORE) return;
    expect(label).toBe(ids[i]);
    if (i > 0 && labels[i - 1] !== IGNORE) stretches.at(-1)?.push(label);
    else stretches.push([label]);
  });
  return stretches.map((stretch) => tokenizer.decode(stretch, { skipSpecialTokens: false }));
}

/** [text, weight] of stretches of equal weight among the trained tokens. */
function weighted({ ids, labels, weights }: EncodedSample): [string, number][] {
  const found: { ids: number[]; weight: number }[] = [];
  ids.forEach((id, i) => {
    const weight = labels[i] === IGNORE ? 0 : (weights?.[i] ?? 1);
    const last = found.at(-1);
    if (last?.weight === weight) last.ids.push(id);
    else found.push({ ids: [id], weight });
  });
  return found.map((run) => [tokenizer.decode(run.ids, { skipSpecialTokens: false }), run.weight]);
}

describe("encodeConversation", () => {
  it("trains assistant turns with their end token, and nothing else", () => {
    const sample = encode(many);
    expect(trained(sample)).toEqual(["Hello!<|im_end|>", "Bye now.<|im_end|>"]);
    expect(sample.weights).toBeUndefined();
    expect(tokenizer.decode(sample.ids, { skipSpecialTokens: false })).toContain("<|im_start|>");
    expect(sample.ids.filter((id) => id === tokenizer.bosId)).toHaveLength(1);
  });

  it("begins every turn with the ids that inference would give as prompt", () => {
    const { ids, labels } = encode(many);
    for (const [turn, end] of [2, 4].entries()) {
      const prompt = encodePrompt({ messages: many.messages.slice(0, end) }, options);
      expect(ids.slice(0, prompt.length)).toEqual(prompt);
      expect(labels[prompt.length]).not.toBe(IGNORE);
      expect(labels[prompt.length - 1]).toBe(IGNORE);
      expect(turn).toBeLessThan(2);
    }
  });

  it("cuts where the prompt ends, even when merges would cross the border", () => {
    // Content that begins with a newline would join the header's newline in many vocabularies.
    const row = { messages: [user("a"), assistant("\n\nb")] };
    const prompt = encodePrompt({ messages: row.messages.slice(0, 1) }, options);
    expect(encode(row).ids.slice(0, prompt.length)).toEqual(prompt);
  });

  it("follows base strategies and the message's own loss", () => {
    const at = (name: string, row: Conversation = many) => trained(encode(row, { lossScale: parseLossScale(name) }));
    expect(at("last_round")).toEqual(["Bye now.<|im_end|>"]);
    expect(at("all")).toHaveLength(1);
    const own = { messages: [user("a"), assistant("b", { loss: true }), user("c"), assistant("d", { loss: false })] };
    expect(at("last_round", own)).toEqual(["b<|im_end|>"]);
    expect(at("default", own)).toEqual(["b<|im_end|>"]);
  });

  it("gives weights only when they are not all 0 or 1", () => {
    const row = { messages: [user("a"), assistant("b", { loss_scale: 2 }), user("c"), assistant("d")] };
    expect(weighted(encode(row)).slice(1)).toEqual([
      ["b", 2],
      ["<|im_end|>", 1],
      [expect.stringContaining("user") as string, 0],
      ["d<|im_end|>", 1],
      ["\n", 0],
    ]);
    const zero = { messages: [user("a"), assistant("b", { loss_scale: 0 }), user("c"), assistant("d")] };
    expect(encode(zero).weights).toBeUndefined();
    expect(trained(encode(zero))).toEqual(["d<|im_end|>"]);
  });

  it("lays the weights of strategies over the ids the reply has anyway", () => {
    const text = "Thought: go\nAction: run\nAction Input: {}\nObservation: ok";
    const row = { messages: [user("a"), assistant(text)] };
    const react = encode(row, { lossScale: parseLossScale("react") });
    expect(react.ids).toEqual(encode(row).ids);
    expect(weighted(react).slice(1, -1)).toEqual([
      ["Thought: go\n", 1],
      ["Action: run\nAction Input: {}\nObservation:", 2],
      [" ok".trimStart(), 0],
      ["<|im_end|>", 1],
    ]);
  });

  it("trains calls but not results inside a turn, and cuts where the model goes on", () => {
    const agent = agentTemplate("react_en");
    const messages: Message[] = [
      user("q"),
      { role: "tool_call", content: '{"name": "f", "arguments": {}}' },
      { role: "tool_response", content: "42" },
      assistant("Final Answer: 42"),
    ];
    const sample = encode({ messages }, { agent });
    expect(trained(sample)).toEqual(["Action: f\nAction Input: {}\nObservation:", "Final Answer: 42<|im_end|>"]);
    const prompt = encodePrompt({ messages: messages.slice(0, 3) }, { ...options, agent });
    expect(sample.ids.slice(0, prompt.length)).toEqual(prompt);
    expect(trained(encode({ messages }, { agent, lossScale: parseLossScale("last_round") }))).toEqual([
      "Final Answer: 42<|im_end|>",
    ]);
  });

  it("trains what the template adds to the reply, unless told not to", () => {
    const template = loadChatTemplate(tokenizer, { source: fixture("reasoning.jinja") });
    const row = { messages: [user("a"), assistant("b")] };
    expect(trained(encode(row, { template }))).toEqual(["<think>\n\n</think>\n\nb<|im_end|>"]);
    expect(trained(encode(row, { template, lossScale: parseLossScale("ignore_empty_think") }))).toEqual([
      "b<|im_end|>",
    ]);
  });

  it("needs a template for conversations", () => {
    expect(() => encodeConversation(many, { tokenizer, lossScale: options.lossScale })).toThrow("E_TEXT_TEMPLATE_NAME");
  });
});

describe("text without template", () => {
  it("is bos, text, eos, all trained but the first", () => {
    const { ids, labels } = encode({ messages: [assistant("Once upon a time")] });
    expect(ids).toEqual([1, ...tokenizer.encode("Once upon a time"), 2]);
    expect(labels).toEqual([IGNORE, ...ids.slice(1)]);
  });

  it("joins a conversation's texts as they are and trains by the base strategy", () => {
    const row = { messages: [user("2+2="), assistant("4")] };
    const plain = encode(row, { useChatTemplate: false });
    expect(trained(plain)).toEqual(["4</s>"]);
    expect(trained(encode(row, { useChatTemplate: false, lossScale: parseLossScale("all") }))).toEqual(["2+2=4</s>"]);
    const prompt = encodePrompt({ messages: row.messages.slice(0, 1) }, { tokenizer, useChatTemplate: false });
    expect(plain.ids.slice(0, prompt.length)).toEqual(prompt);
  });
});

describe("too long", () => {
  const long = { messages: [user("a"), assistant("word ".repeat(50))] };
  const { length } = encode(long).ids;

  it("is left out, cut or an error", () => {
    expect(encodeConversation(long, { ...options, maxLength: 20 })).toEqual({ dropped: "too long", length });
    expect(encode(long, { maxLength: length })).toEqual(encode(long));
    const left = encode(long, { maxLength: 20, truncation: "left" });
    expect(left.ids).toEqual(encode(long).ids.slice(-20));
    expect(left.labels[0]).toBe(IGNORE);
    expect(left.labels).toHaveLength(20);
    const right = encode(long, { maxLength: length - 10, truncation: "right" });
    expect(right.ids).toEqual(encode(long).ids.slice(0, -10));
    expect(encodeConversation(long, { ...options, maxLength: 5, truncation: "right" })).toEqual({
      dropped: "nothing left to train after cutting",
      length,
    });
    expect(() => encodeConversation(long, { ...options, maxLength: 5, truncation: "raise" })).toThrow(
      new RegExp(`E_TEXT_TOO_LONG.*${length} tokens.*5`),
    );
  });

  it("can be split, losing no token", () => {
    const sample = encode({ messages: [assistant("word ".repeat(50), { loss_scale: 2 })] });
    const pieces = splitSample(sample, 16);
    expect(pieces.flatMap((piece) => piece.ids)).toEqual(sample.ids);
    expect(pieces.every((piece) => piece.labels[0] === IGNORE && piece.weights?.[0] === 0)).toBe(true);
  });
});

describe("checks", () => {
  const codes = (problems: readonly { code: string }[]) => problems.map((problem) => problem.code);
  const checkSamples = (conversation: Conversation, sample: EncodedSample, own = options) => {
    const check = createSamplesCheck(own);
    check.add(conversation, sample, "rows.jsonl:1");
    return check.problems();
  };

  it("find nothing wrong with what is right", () => {
    const sample = encode(many);
    expect(checkSample(many, sample, options)).toEqual([]);
    expect(checkTemplate(options)).toEqual([]);
    expect(checkSamples(many, sample)).toEqual([]);
    for (const name of ["qwen2.5.jinja", "llama-3.1.jinja", "generation.jinja"]) {
      expect(checkTemplate({ ...options, template: loadChatTemplate(tokenizer, { source: fixture(name) }) })).toEqual(
        [],
      );
    }
  });

  it("find samples without a trained token", () => {
    const row = { messages: [user("a"), assistant("b", { loss: false })] };
    expect(codes(checkSample(row, encode(row), options))).toEqual(["nothing-trained"]);
    expect(codes(checkSamples(row, encode(row)))).toEqual(["nothing-trained", "stop-never-trained"]);
  });

  it("find a stop token that is never trained", () => {
    const source = fixture("generation.jinja").replace(
      "<|im_end|>{% endgeneration %}",
      "{% endgeneration %}<|im_end|>",
    );
    const template = loadChatTemplate(tokenizer, { source });
    const own = { ...options, template };
    const sample = encode(many, { template });
    expect(trained(sample)).toEqual(["Hello!", "Bye now."]);
    expect(codes(checkSample(many, sample, own))).toEqual(["stop-never-trained"]);
    expect(checkSamples(many, sample, own)[0]?.message).toContain("<|im_end|>");
  });

  it("find a template that ends no turn", () => {
    const source =
      "{% for m in messages %}{{ m.role + ': ' + m.content }}{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";
    expect(codes(checkTemplate({ ...options, template: loadChatTemplate(tokenizer, { source }) }))).toEqual([
      "no-stop-token",
    ]);
  });

  it("find a prompt that training never sees", () => {
    const source = chatml.source.replace("assistant\\n' }}", "assistant\\n<think>\\n' }}");
    const template = loadChatTemplate(tokenizer, { source });
    const [problem] = checkTemplate({ ...options, template });
    expect(problem?.code).toBe("template-drift");
    expect(problem?.message).toContain("<think>");
    expect(codes(checkDrift(many, { ...options, template }))).toEqual(["template-drift"]);
  });

  it("follow calls and results", () => {
    const messages: Message[] = [
      user("q"),
      assistant("Let me see. "),
      { role: "tool_call", content: '{"name": "f", "arguments": {"a": 1}}' },
      { role: "tool_response", content: "42" },
      assistant("It is 42."),
    ];
    const qwen = loadChatTemplate(tokenizer, { source: fixture("qwen2.5.jinja") });
    for (const more of [{ template: qwen }, { agent: agentTemplate("hermes") }, { agent: agentTemplate("qwen_en") }]) {
      const own = { ...options, ...more };
      expect(checkSample({ messages }, encode({ messages }, more), own)).toEqual([]);
    }
    expect(trained(encode({ messages }, { template: qwen }))).toEqual([
      'Let me see. \n<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call><|im_end|>',
      "It is 42.<|im_end|>",
    ]);
  });
});

describe("previewSample", () => {
  const brackets = (style: string, text: string) =>
    ({ plain: text, trained: `[${text}]`, weighted: `{${text}}`, note: `(${text})` })[style] ?? "";

  it("marks what is trained", () => {
    const row = { messages: [user("a"), assistant("b", { loss_scale: 2 })] };
    expect(previewSample(encode(row), { tokenizer, style: brackets })).toMatch(
      /assistant\n\{b\}\[<\|im_end\|>\]\n\n\(\d+ tokens, 2 trained\)$/,
    );
  });

  it("shortens what is long", () => {
    const row = { messages: [assistant("word ".repeat(100))] };
    const text = previewSample(encode(row), { tokenizer, style: brackets, maxTokens: 20 });
    expect(text).toMatch(/\( \.\.\. \d+ tokens \.\.\. \)/);
    expect(text.length).toBeLessThan(200);
  });
});
