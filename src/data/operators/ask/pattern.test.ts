import { describe, expect, it } from "vitest";
import { answerPattern, literalPattern, withoutBlanks } from "./pattern.ts";

const where = "op.pattern";

describe("answerPattern", () => {
  it("matches at the start, searches anywhere, finds all", () => {
    const pattern = answerPattern(String.raw`(\w)=(\d)?`, { where });
    expect(pattern.match("a=1 b=")).toEqual(["a", "1"]);
    expect(pattern.match(" a=1")).toBeUndefined();
    expect(pattern.search(" a=1 b=")).toEqual(["a", "1"]);
    expect(pattern.all("a=1 b=")).toEqual([
      ["a", "1"],
      ["b", ""],
    ]);
    expect(pattern.search("none")).toBeUndefined();
  });

  it("gives matches themselves where there are no groups", () => {
    expect(answerPattern(String.raw`\d+`, { where }).all("1 22")).toEqual([["1"], ["22"]]);
  });

  it("takes line ends for a dot only when told to", () => {
    expect(answerPattern("a(.*)b", { where }).search("a\nb")).toBeUndefined();
    expect(answerPattern("a(.*)b", { where, dotAll: true }).search("a\nb")).toEqual(["\n"]);
  });

  it("leaves blanks and comments out of verbose patterns", () => {
    expect(
      withoutBlanks(String.raw` \# a\ b [ #\]] # the rest
      c`),
    ).toBe(String.raw`\#a\ b[ #\]]c`);
    const pattern = answerPattern("\\#\\s* (\\w+) # a name\n :", { where, verbose: true });
    expect(pattern.search("# Ada:")).toEqual(["Ada"]);
  });

  it("takes names literally, in verbose patterns too", () => {
    const pattern = answerPattern(`\\# ${literalPattern("Who? (a b)")} !`, { where, verbose: true });
    expect(pattern.search("#Who? (a b)!")).toEqual(["#Who? (a b)!"]);
  });

  it("refuses what is no pattern", () => {
    expect(() => answerPattern("(", { where })).toThrow(/E_DATA_OPERATOR: op\.pattern/);
  });
});
