import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { asPrepared, goldenKwargs, goldenTemplates, jsonFile, tokenizerWith } from "../../test/support/text.ts";
import { loadChatTemplate, type ChatTemplate } from "./chat-template.ts";
import { checkpointFiles } from "./checkpoint-files.ts";
import { loadTokenizer } from "./load-tokenizer.ts";
import { renderConversation, type Rendered } from "./spans.ts";
import { createTokenizer } from "./tokenizer.ts";

const fixture = (name: string) => readFileSync(`test/fixtures/chat-templates/${name}`, "utf8");
const tokenizer = tokenizerWith(["<|im_start|>", "<|im_end|>", "<|eot_id|>", "<|eom_id|>"]);
const load = (name: string): ChatTemplate => loadChatTemplate(tokenizer, { source: fixture(name) });
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function written({ text, turns }: Rendered): string[][] {
  return turns.map((turn) => [text.slice(turn.start, turn.contentEnd), text.slice(turn.contentEnd, turn.end)]);
}

describe("golden renders of transformers", () => {
  for (const golden of goldenTemplates.fixtures) {
    it(golden.name, () => {
      const template = load(golden.name);
      let compared = 0;
      for (const [key, conversation] of Object.entries(goldenTemplates.conversations)) {
        const row = golden.rows[key];
        // Python writes "None" for the null content of this one; we never send null to such a template.
        if (row === null || row === undefined || (golden.name === "generation.jinja" && key === "call-text")) continue;
        const { messages, tools } = conversation;
        const options = { tools: tools ?? null, kwargs: goldenKwargs };
        expect(template.render(messages, options), key).toBe(row.text);
        const prompt = template.render(messages.slice(0, -1), { ...options, addGenerationPrompt: true });
        expect(sha256(prompt), key).toBe(row.prompt_sha256);
        const { turns, text } = renderConversation(template, asPrepared(conversation));
        expect(text).toBe(row.text);
        expect(
          turns.map((turn) => turn.start),
          key,
        ).toEqual(row.starts);
        if (row.spans !== undefined) expect(turns.map((turn) => [turn.start, turn.end])).toEqual(row.spans);
        compared++;
      }
      expect(compared).toBeGreaterThanOrEqual(8);
    });
  }
});

describe("spans", () => {
  const spans = (name: string, key: string) => {
    const conversation = goldenTemplates.conversations[key];
    return written(renderConversation(load(name), asPrepared(conversation ?? { messages: [] })));
  };

  it("hold the content, whitespace included, and the end-of-turn token", () => {
    expect(spans("qwen2.5.jinja", "spaces")).toEqual([
      ["\n\n  b  \n", "<|im_end|>"],
      [" d", "<|im_end|>"],
    ]);
    expect(spans("qwen2.5.jinja", "empty")[0]).toEqual(["", "<|im_end|>"]);
  });

  it("follow a template that trims", () => {
    expect(spans("llama-3.1.jinja", "spaces")).toEqual([
      ["b", "<|eot_id|>"],
      ["d", "<|eot_id|>"],
    ]);
  });

  it("follow a template that cuts reasoning out and writes an empty one", () => {
    expect(spans("reasoning.jinja", "think")).toEqual([
      ["2", "<|im_end|>"],
      ["<think>\nadd again\n</think>\n\n4", "<|im_end|>"],
    ]);
    expect(spans("reasoning.jinja", "one")).toEqual([["<think>\n\n</think>\n\nFour.", "<|im_end|>"]]);
  });

  it("hold tool calls that the template writes itself", () => {
    const call = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Zürich", "days": 2}}\n</tool_call>';
    expect(spans("qwen2.5.jinja", "call-object")).toEqual([
      [call, "<|im_end|>"],
      ["Clear.", "<|im_end|>"],
    ]);
  });

  it("are refused, naming the message, when the template hides the text", () => {
    const source = "{% for m in messages %}{{ m.role }}: {{ m.content | upper }}\n{% endfor %}";
    const template = loadChatTemplate(tokenizer, { source });
    const row = { messages: [{ role: "user", content: "a" } as const, { role: "assistant", content: "b" } as const] };
    // Upper-casing still lies between what comes before and after, so it is located ...
    expect(written(renderConversation(template, asPrepared(row)))).toEqual([["B", ""]]);
    // ... but nothing is certain when the text before depends on the text itself.
    const counted = loadChatTemplate(tokenizer, {
      source: "{% for m in messages %}{{ m.role }} {{ m.content | length }}: {{ m.content }}\n{% endfor %}",
    });
    const longer = { messages: [row.messages[0], { role: "assistant", content: "bcd" } as const] } as typeof row;
    expect(() => renderConversation(counted, asPrepared(longer))).toThrow(/E_TEXT_TEMPLATE_SPANS: message 2/);
  });

  it("refuse texts that hold the marks themselves", () => {
    const row = {
      messages: [{ role: "user", content: "\u{10FFF2}" } as const, { role: "assistant", content: "b" } as const],
    };
    expect(() => renderConversation(load("qwen2.5.jinja"), asPrepared(row))).toThrow("E_TEXT_MESSAGES");
  });
});

describe("what ends a turn", () => {
  it("is the token after the content, plus the end of sequence", () => {
    const { stop, generationPrompt } = load("qwen2.5.jinja");
    expect(stop).toEqual({ text: "<|im_end|>", ids: [tokenizer.tokenToId("<|im_end|>"), 2], strings: [] });
    expect(generationPrompt).toBe("<|im_start|>assistant\n");
  });

  it("is a text when the vocabulary has no token for it", async () => {
    const plain = await loadTokenizer("assets/stories260k");
    const { stop } = loadChatTemplate(plain, { source: fixture("qwen2.5.jinja") });
    expect(stop).toEqual({ text: "<|im_end|>", ids: [2], strings: ["<|im_end|>"] });
  });

  it("may have a space before it, which is trained too", () => {
    const source =
      "{% for m in messages %}{% if m.role == 'user' %}{{ bos_token + '[INST] ' + m.content + ' [/INST]' }}" +
      "{% else %}{{ ' ' + m.content + ' ' + eos_token }}{% endif %}{% endfor %}";
    const template = loadChatTemplate(tokenizer, { source });
    expect(template.stop.text).toBe(" </s>");
    const row = { messages: [{ role: "user", content: "a" } as const, { role: "assistant", content: "b" } as const] };
    // The prompt ends with [/INST], so the model must write the space itself.
    expect(written(renderConversation(template, asPrepared(row)))).toEqual([[" b", " </s>"]]);
  });

  it("is nothing when the template writes nothing", () => {
    const { stop } = loadChatTemplate(tokenizer, { source: "{% for m in messages %}{{ m.content }}{% endfor %}" });
    expect(stop).toEqual({ text: "", ids: [2], strings: [] });
  });
});

describe("the default", () => {
  const messages = [
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Ho" },
  ] as const;

  it("is ChatML, said aloud, with bos when the checkpoint has it", () => {
    const template = loadChatTemplate(tokenizer);
    expect(template.origin).toBe("default");
    expect(template.notices.join()).toMatch(/no chat template.*<\|im_end\|>/);
    expect(template.render(messages)).toBe("<s><|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHo<|im_end|>\n");
    expect(template.render(messages.slice(0, 1), { addGenerationPrompt: true })).toBe(
      "<s><|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
    );
  });

  it("ends turns with the end-of-sequence token when the vocabulary has no ChatML tokens", async () => {
    const template = loadChatTemplate(await loadTokenizer("assets/stories260k"));
    expect(template.stop).toEqual({ text: "</s>", ids: [2], strings: [] });
    expect(template.render(messages)).toBe("<s><|im_start|>user\nHi</s>\n<|im_start|>assistant\nHo</s>\n");
  });

  it("needs some token to end a turn with", () => {
    const bare = createTokenizer(
      [
        jsonFile("tokenizer.json", {
          model: { type: "BPE", vocab: { a: 0 }, merges: [] },
          added_tokens: [],
          normalizer: null,
          pre_tokenizer: null,
          post_processor: null,
          decoder: null,
        }),
      ],
      "bare",
    );
    expect(() => loadChatTemplate(bare)).toThrow("E_TEXT_TEMPLATE_NAME");
  });

  it("travels: what is saved with the model is loaded from it", () => {
    const template = loadChatTemplate(tokenizer);
    const again = createTokenizer(checkpointFiles(tokenizer, template), "saved");
    const loaded = loadChatTemplate(again);
    expect([loaded.origin, loaded.source]).toEqual(["chat_template.jinja", template.source]);
    expect(loaded.notices).toEqual([]);
  });
});

describe("sources", () => {
  it("are chosen by name, with a suggestion for a wrong one", () => {
    const named = tokenizerWith([], {
      chat_template: [
        { name: "default", template: "D" },
        { name: "tool_use", template: "T" },
      ],
    });
    expect(() => loadChatTemplate(named, { name: "tooluse" })).toThrow(/E_TEXT_TEMPLATE_NAME.*Did you mean tool_use/);
  });

  it("replace an older text in tokenizer_config.json when saved", () => {
    const old = tokenizerWith(["<|im_start|>", "<|im_end|>"], { chat_template: "{{ messages[0].content }}" });
    const files = checkpointFiles(old, loadChatTemplate(old, { source: fixture("qwen2.5.jinja") }));
    const config = files.find((file) => file.name === "tokenizer_config.json");
    const saved = JSON.parse(new TextDecoder().decode(config?.bytes)) as { chat_template: string; bos_token: string };
    expect([saved.chat_template, saved.bos_token]).toEqual([fixture("qwen2.5.jinja"), "<s>"]);
  });

  it("say why a template cannot be used", () => {
    expect(() => loadChatTemplate(tokenizer, { source: "{% for m in messages %}" })).toThrow("E_TEXT_TEMPLATE_SYNTAX");
    const strict = "{% if messages[0].role != 'system' %}{{ raise_exception('begin with system') }}{% endif %}";
    expect(() => loadChatTemplate(tokenizer, { source: strict })).toThrow(/E_TEXT_TEMPLATE_RENDER.*begin with system/);
    expect(() => loadChatTemplate(tokenizer, { source: "hello" })).toThrow("does not write the assistant's text");
  });
});
