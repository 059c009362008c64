import { readFileSync } from "node:fs";
import { cp, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { decodeStream } from "./decode-stream.ts";
import { loadTokenizer } from "./load-tokenizer.ts";
import { createTokenizer, type TextFile } from "./tokenizer.ts";

interface Golden {
  readonly tokenizers: readonly {
    readonly name: string;
    readonly vocab_size: number;
    readonly texts: readonly {
      text: string;
      ids: number[];
      with_special: number[];
      decoded: string;
      decoded_skip: string;
    }[];
  }[];
}

const golden = JSON.parse(readFileSync("test/golden/text/tokenizers.json", "utf8")) as Golden;
const stories = golden.tokenizers.find((entry) => entry.name === "stories260k");
const tokenizer = await loadTokenizer("assets/stories260k");

const scratch: string[] = [];
async function copy(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "tokenizer-"));
  scratch.push(dir);
  for (const name of ["tokenizer.json", "tokenizer_config.json"])
    await cp(join("assets/stories260k", name), join(dir, name));
  return dir;
}
afterAll(async () => {
  for (const dir of scratch) await rm(dir, { recursive: true });
});

/** A byte-level vocabulary of single bytes, to force characters apart. */
function byteTokenizer(): ReturnType<typeof createTokenizer> {
  const printable = (b: number) => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
  const vocab: Record<string, number> = {};
  let other = 256;
  for (let b = 0; b < 256; b++) vocab[String.fromCodePoint(printable(b) ? b : other++)] = b;
  const json = {
    added_tokens: [{ id: 256, content: "<|endoftext|>", special: true }],
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, use_regex: false },
    post_processor: null,
    decoder: { type: "ByteLevel" },
    model: { type: "BPE", vocab, merges: [] },
  };
  return createTokenizer([file("tokenizer.json", json)], "bytes");
}

function file(name: string, value: unknown): TextFile {
  return { name, bytes: new TextEncoder().encode(JSON.stringify(value)) };
}

describe("stories260k", () => {
  it("gives the ids and texts of the tokenizers library", () => {
    expect(stories?.vocab_size).toBe(tokenizer.vocabSize);
    for (const row of stories?.texts ?? []) {
      expect(tokenizer.encode(row.text), row.text).toEqual(row.ids);
      expect(tokenizer.encode(row.text, { addSpecialTokens: true })).toEqual(row.with_special);
      expect(tokenizer.decode(row.ids, { skipSpecialTokens: false })).toBe(row.decoded);
      expect(tokenizer.decode(row.ids)).toBe(row.decoded_skip);
    }
    expect(stories?.texts.length).toBeGreaterThan(10);
  });

  it("knows its special tokens and pads with the end token, having no pad token", () => {
    const { bosId, eosId, padId, addBos, addEos, maxLength, notices } = tokenizer;
    expect({ bosId, eosId, padId, addBos, addEos, maxLength }).toEqual({
      bosId: 1,
      eosId: 2,
      padId: 2,
      addBos: true,
      addEos: false,
      maxLength: 512,
    });
    expect(notices).toEqual([]);
    expect(tokenizer.isSpecial(1)).toBe(true);
    expect(tokenizer.isSpecial(403)).toBe(false);
    expect(tokenizer.tokenToId("</s>")).toBe(2);
    expect(tokenizer.idToToken(2)).toBe("</s>");
    expect(tokenizer.chatTemplate).toBeUndefined();
    expect(tokenizer.files.map((entry) => entry.name)).toEqual(["tokenizer.json", "tokenizer_config.json"]);
  });

  it("keeps spaces before punctuation when decoding", () => {
    const text = "it is . so , what ?";
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it("encodes and decodes nothing", () => {
    expect(tokenizer.encode("")).toEqual([]);
    expect(tokenizer.decode([])).toBe("");
    expect(tokenizer.decode([1, 2])).toBe("");
  });

  it("refuses ids outside of the vocabulary", () => {
    expect(() => tokenizer.decode([5, 512])).toThrow(/E_TEXT_TOKEN_ID.*512/);
    expect(() => tokenizer.decode([-1])).toThrow("E_TEXT_TOKEN_ID");
  });
});

describe("special tokens", () => {
  const base = JSON.parse(readFileSync("assets/stories260k/tokenizer.json", "utf8")) as Record<string, unknown>;
  const make = (...files: TextFile[]) => createTokenizer([file("tokenizer.json", base), ...files], "here");

  it("are found among the added tokens when no config names them, and that is said", () => {
    const found = make();
    expect([found.bosId, found.eosId, found.addBos]).toEqual([1, 2, true]);
    expect(found.notices).toHaveLength(2);
  });

  it("come from special_tokens_map.json, as text or object", () => {
    const found = make(file("special_tokens_map.json", { eos_token: { content: "</s>" }, pad_token: "<unk>" }));
    expect([found.eosId, found.padId]).toEqual([2, 0]);
  });

  it("let add_bos_token decide over the post-processor", () => {
    const found = make(
      file("tokenizer_config.json", { add_bos_token: false, add_eos_token: true, bos_token: "<s>", eos_token: "</s>" }),
    );
    expect(found.encode("a", { addSpecialTokens: true })).toEqual([...found.encode("a"), 2]);
  });

  it("are added where the vocabulary lacks them, and that is said", () => {
    const found = make(file("tokenizer_config.json", { eos_token: "<|nope|>" }));
    expect(found.eosId).toBe(512);
    expect(found.notices.join()).toContain('"<|nope|>" is named as a special token and is not in tokenizer.json');
  });

  it("read chat templates: named ones, the file before the config", () => {
    const named = make(
      file("tokenizer_config.json", {
        chat_template: [
          { name: "default", template: "A" },
          { name: "rag", template: "B" },
        ],
      }),
    );
    expect([...named.chatTemplates.keys()]).toEqual(["default", "rag"]);
    const jinja = { name: "chat_template.jinja", bytes: new TextEncoder().encode("C") };
    expect(make(file("tokenizer_config.json", { chat_template: "A" }), jinja).chatTemplate).toBe("C");
    expect(() => make(file("tokenizer_config.json", { chat_template: 5 }))).toThrow("chat_template");
  });
});

describe("loadTokenizer", () => {
  it("says what is missing", async () => {
    const dir = await copy();
    await rm(join(dir, "tokenizer.json"));
    await expect(loadTokenizer(dir)).rejects.toThrow(/E_TEXT_TOKENIZER.*no tokenizer.json/);
    await writeFile(join(dir, "vocab.json"), "{}");
    await expect(loadTokenizer(dir)).rejects.toThrow("only vocab.json");
    await expect(loadTokenizer(join(dir, "none"))).rejects.toThrow("cannot be read");
  });

  it("says what is broken", async () => {
    const dir = await copy();
    await truncate(join(dir, "tokenizer.json"), 5000);
    await expect(loadTokenizer(dir)).rejects.toThrow(/tokenizer.json: The file is not JSON/);
    await writeFile(join(dir, "tokenizer.json"), "[]");
    await expect(loadTokenizer(dir)).rejects.toThrow("must hold a JSON object");
    await writeFile(join(dir, "tokenizer.json"), '{"model": {"type": "Magic", "vocab": {}}}');
    await expect(loadTokenizer(dir)).rejects.toThrow("cannot be built");
    await writeFile(join(dir, "tokenizer.json"), "version https://git-lfs.github.com/spec/v1\n");
    await expect(loadTokenizer(dir)).rejects.toThrow("Git LFS pointer");
  });
});

describe("decodeStream", () => {
  const text = "  Hello wörld 😀 你好\n\n  and\u00a0more. \uFFFD end " + "x".repeat(60) + " 👨‍👩‍👧";
  for (const [name, used] of [
    ["stories260k", tokenizer],
    ["bytes", byteTokenizer()],
  ] as const) {
    it(`gives the text of all tokens piece by piece, never half a character (${name})`, () => {
      const ids = used.encode(text);
      const stream = decodeStream(used);
      const pieces = ids.map((id) => stream.push(id));
      pieces.push(stream.flush());
      expect(pieces.join("")).toBe(used.decode(ids));
      expect(pieces.join("").split("\uFFFD")).toHaveLength(2);
      expect(pieces.filter((piece) => piece !== "").length).toBeGreaterThan(50);
    });
  }

  it("keeps the space after a prompt that the text continues", () => {
    const prompt = tokenizer.encode("Once upon");
    const more = tokenizer.encode("a time");
    const alone = decodeStream(tokenizer);
    expect(more.map((id) => alone.push(id)).join("")).toBe("a time");
    const continued = decodeStream(tokenizer, { context: prompt });
    expect(more.map((id) => continued.push(id)).join("")).toBe(" a time");
  });

  it("leaves special tokens out unless told", () => {
    const ids = [...tokenizer.encode("Hi"), 2];
    const push = (skipSpecialTokens: boolean) => {
      const stream = decodeStream(tokenizer, { skipSpecialTokens });
      return ids.map((id) => stream.push(id)).join("") + stream.flush();
    };
    expect([push(true), push(false)]).toEqual(["Hi", "Hi</s>"]);
  });

  it("shows what was never completed at the end", () => {
    const bytes = byteTokenizer();
    const stream = decodeStream(bytes);
    expect(
      bytes
        .encode("é")
        .slice(0, 1)
        .map((id) => stream.push(id)),
    ).toEqual([""]);
    expect(stream.flush()).toBe("\uFFFD");
    expect(stream.flush()).toBe("");
  });
});
