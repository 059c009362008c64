/** Added tokens and blanks before texts against the tokenizers library: test/oracles/added-tokens.py. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { jsonFile } from "../../test/support/text.ts";
import { createTokenizer, type Tokenizer } from "./tokenizer.ts";

interface Golden {
  readonly prefixes: Readonly<Record<string, object>>;
  readonly tokens: Readonly<Record<string, readonly object[]>>;
  readonly texts: readonly string[];
  readonly cases: readonly { prefix: string; tokens: string; ids: number[][]; decoded: string[] }[];
}

const golden = JSON.parse(readFileSync("test/golden/text/added-tokens.json", "utf8")) as Golden;
const base = JSON.parse(readFileSync("assets/stories260k/tokenizer.json", "utf8")) as { added_tokens: object[] };

function variant(prefix: string, tokens: string): Tokenizer {
  const added = (golden.tokens[tokens] ?? []).map((token, i) => ({ ...token, id: 512 + i }));
  const definition = { ...base, ...golden.prefixes[prefix], added_tokens: [...base.added_tokens, ...added] };
  return createTokenizer([jsonFile("tokenizer.json", definition)], "test");
}

describe("ids and texts are those of the tokenizers library", () => {
  it("has every way of a blank with every kind of added token", () => {
    expect(golden.cases).toHaveLength(48);
  });
  for (const { prefix, tokens, ids, decoded } of golden.cases) {
    it(`${prefix}, ${tokens}`, () => {
      const tokenizer = variant(prefix, tokens);
      golden.texts.forEach((text, i) => {
        expect(tokenizer.encode(text), text).toEqual(ids[i]);
        expect(tokenizer.decode(ids[i] ?? [], { skipSpecialTokens: false }), text).toBe(decoded[i]);
      });
    });
  }
});

describe("a text that goes on", () => {
  it("has no blank put before it, whoever puts it", () => {
    for (const prefix of Object.keys(golden.prefixes).filter((name) => name !== "lower")) {
      const tokenizer = variant(prefix, "chat");
      const tokens = (text: string) => tokenizer.encode(text, { continues: true }).map((id) => tokenizer.idToToken(id));
      expect(tokens("The car").join(""), prefix).toBe("The▁car");
      // Behind an added token a stretch is like any other.
      const after = (text: string, continues: boolean) => tokenizer.encode(`<|user|>${text}`, { continues });
      expect(after("The", true)).toEqual(after("The", false));
    }
  });
});

describe("a regular expression that does not end", () => {
  it("is ended, and named", { timeout: 60_000 }, () => {
    const normalizer = { type: "Replace", pattern: { Regex: "(?:(?:e|[a-z])+)+\\d" }, content: "x" };
    const tokenizer = createTokenizer([jsonFile("tokenizer.json", { ...base, normalizer })], "here");
    expect(tokenizer.encode("ab1")).toEqual(tokenizer.encode("x"));
    expect(() => tokenizer.encode("e".repeat(60))).toThrow(/E_TEXT_TOKENIZER: here\/tokenizer.json.*does not end/);
  });
});
