import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitJson } from "./json-values.ts";

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function split(text: string, size = 7, limit = 1e6) {
  const found: { line: number; column: number; text?: string; reason?: string }[] = [];
  for await (const piece of splitJson(inChunks(new TextEncoder().encode(text), size), limit)) {
    const { line, column } = piece;
    if ("reason" in piece) found.push({ line, column, reason: piece.reason });
    else found.push({ line, column, text: new TextDecoder().decode(piece.bytes) });
  }
  return found;
}

describe("splitJson", () => {
  it("gives the items of any list, however it is written and wherever chunks end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue()),
        fc.nat(3),
        fc.integer({ min: 1, max: 9 }),
        async (list, indent, size) => {
          const pieces = await split(JSON.stringify(list, null, indent), size);
          expect(pieces.map(({ text }) => JSON.parse(text ?? "") as unknown)).toEqual(JSON.parse(JSON.stringify(list)));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("gives values that follow one another", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
        fc.integer({ min: 1, max: 9 }),
        async (maps, size) => {
          const pieces = await split(maps.map((map) => JSON.stringify(map)).join("\n"), size);
          expect(pieces.map(({ text }) => JSON.parse(text ?? "") as unknown)).toEqual(JSON.parse(JSON.stringify(maps)));
          expect(pieces.map(({ line }) => line)).toEqual(maps.map((_, i) => i + 1));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("says where each begins, counting characters", async () => {
    const places = (await split('[\n  {"é": "]},"},\n"é", 3]\n')).map(({ line, column, text }) => [line, column, text]);
    expect(places).toEqual([
      [2, 3, '{"é": "]},"}'],
      [3, 1, '"é"'],
      [3, 6, "3"],
    ]);
  });

  it.each([
    ["[1,]", 1, 4, 'expected a value, found "]"'],
    ["[,1]", 1, 2, 'expected a value, found ","'],
    ["[1]\n[2]", 2, 1, "something follows the end of the list"],
    ["[1,\n2", 2, 2, "the file ends inside the list"],
    ["[", 1, 2, "the file ends inside the list"],
    ['[{"a":1},\n {"a":', 2, 2, "the file ends inside the value that begins here"],
    ['[\n"a]', 2, 1, "the file ends inside the value that begins here"],
    ['{"a":1', 1, 1, "the file ends inside the value that begins here"],
  ])("says where %j breaks", async (text, line, column, reason) => {
    expect((await split(text)).at(-1)).toEqual({ line, column, reason });
  });

  it("stops at a value over the limit instead of gathering it", async () => {
    const long = `[{"a":1},"${"x".repeat(100)}"]`;
    expect((await split(long, 10, 50)).at(-1)).toEqual({
      line: 1,
      column: 10,
      reason: "a value is longer than 50 bytes",
    });
  });

  it("finds nothing in an empty file or list", async () => {
    expect(await split("")).toEqual([]);
    expect(await split(" \n")).toEqual([]);
    expect(await split(" [ ] ")).toEqual([]);
  });
});
