/** Ids of a conversation are those of its whole text; text-encoder.test.ts compares these with the tokenizers library. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { jsonFile } from "../../test/support/text.ts";
import { loadChatTemplate } from "./chat-template.ts";
import { encodeConversation, encodePrompt, renderRow, type EncodedSample, type EncodeSampleOptions } from "./encode.ts";
import { parseLossScale } from "./loss-scale.ts";
import { IGNORE, type Conversation } from "./message.ts";
import { tokenizePieces } from "./tokenize-pieces.ts";
import { createTokenizer, type Tokenizer } from "./tokenizer.ts";

const golden = JSON.parse(readFileSync("test/golden/text/added-tokens.json", "utf8")) as {
  prefixes: Readonly<Record<string, object>>;
  tokens: Readonly<Record<string, readonly object[]>>;
};
const base = JSON.parse(readFileSync("assets/stories260k/tokenizer.json", "utf8")) as { added_tokens: object[] };
const config = { add_bos_token: true, bos_token: "<s>", eos_token: "</s>", unk_token: "<unk>" };

function variant(prefix: string, tokens: string): Tokenizer {
  const added = (golden.tokens[tokens] ?? []).map((token, i) => ({ ...token, id: 512 + i }));
  const definition = { ...base, ...golden.prefixes[prefix], added_tokens: [...base.added_tokens, ...added] };
  return createTokenizer([jsonFile("tokenizer.json", definition), jsonFile("tokenizer_config.json", config)], "test");
}

const templates = {
  llama2:
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}{% else %}{{ ' ' + m.content + ' ' + eos_token }}{% endif %}{% endfor %}",
  zephyr:
    "{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content + eos_token + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}",
  phi3: "{{ bos_token }}{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content + '<|end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}",
  vicuna:
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ 'USER: ' + m.content }}{% else %}{{ ' ASSISTANT: ' + m.content + eos_token }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ ' ASSISTANT:' }}{% endif %}",
} as const;

const turns = (...contents: readonly string[]): Conversation => ({
  messages: contents.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content })),
});

const conversations = [
  turns("What is blue?", "Blue is a colour."),
  turns("Hi", "Hello.", "And now?", "I see.\nTwo lines.", "end", "Bye "),
];

function encode(conversation: Conversation, options: EncodeSampleOptions): EncodedSample {
  const sample = encodeConversation(conversation, options);
  if ("dropped" in sample) throw new Error(sample.dropped);
  return sample;
}

describe("ids of a conversation", () => {
  for (const [name, source] of Object.entries(templates)) {
    for (const prefix of ["prepend", "first", "always", "never"]) {
      for (const tokens of ["chat", "chat-rstrip", "none"]) {
        it(`are those of its whole rendering, and begin with those of each prompt (${name}, ${prefix}, ${tokens})`, () => {
          const tokenizer = variant(prefix, tokens);
          const template = loadChatTemplate(tokenizer, { source });
          const options = { tokenizer, template, lossScale: parseLossScale("default") };
          for (const conversation of conversations) {
            const { text, turns: found } = renderRow(conversation, options);
            const sample = encode(conversation, options);
            expect(sample.ids).toEqual(tokenizer.encode(text));
            expect(sample.cuts).toBeUndefined();
            found.forEach((turn, i) => {
              const prompt = encodePrompt({ messages: conversation.messages.slice(0, 2 * i + 1) }, options);
              expect(sample.ids.slice(0, prompt.length)).toEqual(prompt);
              expect(prompt).toEqual(tokenizer.encode(text.slice(0, turn.start)));
              expect(sample.labels[prompt.length - 1]).toBe(IGNORE);
              expect(sample.labels[prompt.length]).toBe(sample.ids[prompt.length]);
            });
          }
        });
      }
    }
  }

  it("train one blank before a reply of Llama 2, as the template writes it", () => {
    const tokenizer = variant("prepend", "none");
    const template = loadChatTemplate(tokenizer, { source: templates.llama2 });
    const options = { tokenizer, template, lossScale: parseLossScale("default") };
    const { ids, labels } = encode(turns("Hi", "a cat"), options);
    const trained = ids.filter((_, i) => labels[i] !== IGNORE).map((id) => tokenizer.idToToken(id));
    expect(trained.join("")).toBe("▁a▁cat▁</s>");
    expect(trained[0]).not.toBe("▁");
  });
});

describe("a token that would stand across the beginning of a reply", () => {
  // "▁t" of "Assistant: the" holds the blank at which the prompt ends.
  const source =
    "{% for m in messages %}{{ m.role + ': ' + m.content + eos_token }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}";
  const tokenizer = variant("prepend", "none");
  const template = loadChatTemplate(tokenizer, { source });
  const options = { tokenizer, template, lossScale: parseLossScale("default") };

  it("is cut there, in rows and prompts, and counted", () => {
    const conversation = turns("Hi", "the cat", "x", "the dog");
    const sample = encode(conversation, options);
    const { text } = renderRow(conversation, options);
    expect(sample.ids).not.toEqual(tokenizer.encode(text));
    expect(sample.cuts).toBe(2);
    for (const end of [1, 3]) {
      const prompt = encodePrompt({ messages: conversation.messages.slice(0, end) }, options);
      expect(sample.ids.slice(0, prompt.length)).toEqual(prompt);
      expect(sample.labels[prompt.length]).not.toBe(IGNORE);
    }
    const tokens = sample.ids.map((id) => tokenizer.idToToken(id)).join("");
    expect(tokens).toBe(
      tokenizer
        .encode(text)
        .map((id) => tokenizer.idToToken(id))
        .join(""),
    );
  });

  it("is not looked for where only weights change", () => {
    const pieces = [
      { text: "a", weight: 0 },
      { text: " t", weight: 1 },
      { text: "he c", weight: 2 },
      { text: "at", weight: 3 },
    ];
    const { ids, weights, cuts } = tokenizePieces(pieces, tokenizer);
    expect(ids).toEqual(tokenizer.encode("a the cat"));
    expect(cuts).toBe(0);
    expect(ids.map((id, i) => [tokenizer.idToToken(id), weights[i]])).toEqual([
      ["▁a", 0],
      ["▁the", 2],
      ["▁c", 2],
      ["at", 3],
    ]);
  });

  it("has as many weights as ids, whatever is empty", () => {
    for (const pieces of [
      [],
      [{ text: "", weight: 1, begins: true }],
      [
        { text: "a", weight: 0 },
        { text: "", weight: 1, begins: true },
      ],
    ]) {
      const { ids, weights, starts } = tokenizePieces(pieces, tokenizer);
      expect(weights).toHaveLength(ids.length);
      expect(starts).toEqual(pieces.some((piece) => "begins" in piece) ? [ids.length] : []);
    }
  });
});
