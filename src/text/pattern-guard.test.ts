import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createTokenizer } from "./tokenizer.ts";

const definition = JSON.parse(readFileSync("assets/stories260k/tokenizer.json", "utf8")) as Record<string, unknown>;
const withNormalizer = (normalizer: unknown) =>
  createTokenizer(
    [{ name: "tokenizer.json", bytes: Buffer.from(JSON.stringify({ ...definition, normalizer })) }],
    "folder",
  );

it("a pattern of tokenizer.json that has no end on a text is ended, with file and pattern", () => {
  const tokenizer = withNormalizer({ type: "Replace", pattern: { Regex: "(?:(?:e|[a-z])+)+\\d" }, content: "x" });
  expect(() => tokenizer.encode(`${"a".repeat(43)}b`)).toThrow(
    /^E_TEXT_TOKENIZER: folder\/tokenizer\.json: A regular expression does not end on a text of 44 characters; it is ".*\\d"\./,
  );
});

it("other patterns give what they gave", () => {
  const [plain, other] = ["Once upon a time", "Once  upon   a time"];
  const tokenizer = withNormalizer({
    type: "Sequence",
    normalizers: [{ type: "Replace", pattern: { Regex: " {2,}" }, content: " " }, definition["normalizer"]],
  });
  const wanted = withNormalizer(definition["normalizer"]).encode(plain);
  expect(tokenizer.encode(other)).toEqual(wanted);
  expect(tokenizer.decode(wanted)).toBe(plain);
});
