import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Flavour } from "./python-regex-class.ts";
import { patternOf, unquoteRaw } from "./python-regex.ts";
import { replacementOf } from "./python-replacement.ts";
import { splitAt } from "./python-split.ts";

type Found = readonly (readonly (number | string | null)[])[];

interface Golden {
  readonly texts: readonly string[];
  readonly cases: readonly (readonly [Flavour, string, string, readonly Found[] | "as regex"])[];
  readonly subs: readonly (readonly [Flavour, string, string, readonly string[]])[];
  readonly splits: readonly (readonly [string, readonly (readonly (string | null)[])[]])[];
}

const golden = JSON.parse(
  readFileSync(new URL("../../../../test/golden/data/python-regex.json", import.meta.url), "utf8"),
) as Golden;

const where = "replace_content_mapper.pattern";

/** As Python numbers characters: by code points. */
const find = (pattern: RegExp, text: string): Found =>
  Array.from(text.matchAll(pattern), (match) => [
    Array.from(text.slice(0, match.index)).length,
    match[0],
    ...match.slice(1).map((group) => group ?? null),
  ]);

describe("patterns of Python", () => {
  it.each(golden.cases)("%s, flags %j: %s", (module, flags, source, wanted) => {
    const same = golden.cases.find((other) => other[0] === "regex" && other[1] === flags && other[2] === source);
    const pattern = patternOf(source, { where, flags, module });
    expect(golden.texts.map((text) => find(pattern, text))).toEqual(wanted === "as regex" ? same?.[3] : wanted);
  });

  it.each([
    ["a*+", "character 2: possessive quantifiers are not supported."],
    ["x(?>a)", "character 2: atomic groups are not supported."],
    ["(a)(?(1)b|c)", "character 4: conditions are not supported."],
    ["(?:foo){e<=1}", "character 8: fuzzy matching is not supported."],
    ["(a(?R)?b)", "character 3: (?R) is not supported"],
    ["a(?i:b)", "character 2: letter case cannot be ignored in one group alone"],
    ["a(?i)b", "character 2: (?i) is not supported; flags may stand at the start of the whole."],
    ["a\\", "character 2: the backslash at the end escapes nothing."],
    [String.raw`\q`, String.raw`character 1: \q is not supported.`],
    [String.raw`\p{Klingon}`, String.raw`character 1: there is no property \p{Klingon}.`],
    ["[[:cntrl:]]", "character 2: [:cntrl:] is not supported."],
    ["x[ab", "character 2: this bracket is never closed."],
    ["a)b", "character 2: this parenthesis closes nothing."],
    ["(a", 'the regular expression "(a" cannot be understood: '],
    ["a**", 'the regular expression "a**" cannot be understood: Nothing to repeat.'],
    ["[z-a]", 'the regular expression "[z-a]" cannot be understood: '],
    [String.raw`\1(a)\2`, "cannot be understood: Invalid escape"],
    ["a".repeat(10_001), "character 10001: the regular expression is longer than 10000 characters."],
  ])("refuses %s with its place", (source, problem) => {
    const refused = () => patternOf(source, { where });
    expect(refused).toThrow("E_DATA_OPERATOR: replace_content_mapper.pattern");
    expect(refused).toThrow(problem);
  });

  it("takes what is refused of one module for the letters that it is in the other", () => {
    expect("a{e<=1}".replace(patternOf("a{e<=1}", { where, module: "re" }), "x")).toBe("x");
    expect(() => patternOf(String.raw`[a-\d]`, { where, module: "re" })).toThrow("a class cannot end a range");
    expect(() => patternOf(String.raw`\p{L}`, { where, module: "re" })).toThrow(String.raw`\p is not supported`);
  });

  it("differs where JavaScript does: see the head of the file", () => {
    const found = (source: string, text: string) => find(patternOf(source, { where }), text).map(([, match]) => match);
    // Python finds nothing in "b", "b" and "" in "xb", and a in the first group of the last.
    expect(found(String.raw`(a)?\1b`, "b")).toEqual(["b"]);
    expect(found("x*|b", "xb")).toEqual(["x", "", ""]);
    expect(find(patternOf("(?:(a)|b)+", { where }), "ab")).toEqual([[0, "ab", null]]);
  });

  it("knows raw strings by their quotes, as Data-Juicer", () => {
    expect(["r'a+'", 'r"a"', "r'a", "r''", "'a'"].map(unquoteRaw)).toEqual(["a+", "a", "r'a", "", "'a'"]);
  });
});

describe("replacements of Python", () => {
  it.each(golden.subs)("%s: %s becomes %s", (module, source, template, wanted) => {
    const pattern = patternOf(source, { where, module });
    const replace = replacementOf(template, pattern, where);
    expect(golden.texts.map((text) => text.replace(pattern, replace))).toEqual(wanted);
  });

  it.each([
    [String.raw`\2`, String.raw`\2 names a group, but the pattern has 1.`],
    [String.raw`\g<m>`, String.raw`\g<m> names a group that the pattern does not have.`],
    [String.raw`\q`, String.raw`\q means nothing in a replacement`],
    ["a\\", "the backslash at the end escapes nothing."],
  ])("refuses %s", (template, problem) => {
    expect(() => replacementOf(template, patternOf("(?P<n>a)", { where }), "x.repl")).toThrow(
      `E_DATA_OPERATOR: x.repl: ${problem}`,
    );
  });
});

it.each(golden.splits)("splits at %s as re.split", (source, wanted) => {
  const pattern = patternOf(source, { where, module: "re" });
  const split = golden.texts.map((text) => splitAt(text, pattern).map((part) => part ?? null));
  expect(split).toEqual(wanted);
});
