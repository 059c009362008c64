import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readArpa, writeArpa } from "./arpa.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "arpa-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Read {
  readonly counts: readonly number[];
  readonly entries: readonly (readonly [string, number, number, number])[];
}

async function read(content: string | Uint8Array, name = "model.arpa"): Promise<Read> {
  const path = join(folder, name);
  await writeFile(path, content);
  let counts: readonly number[] = [];
  const entries: [string, number, number, number][] = [];
  await readArpa(path, {
    start: (found) => void (counts = [...found]),
    entry: (words, probability, backoff, line) => void entries.push([words.join(" "), probability, backoff, line]),
  });
  return { counts, entries };
}

const good = `a remark

\\data\\
ngram 1=2
ngram  2 = 1

\\1-grams:
-1.5\ta\t-0.25
-inf b

\\2-grams:
-1e-3 a  b

\\end\\
anything
`;

const expected: Read = {
  counts: [2, 1],
  entries: [
    ["a", -1.5, -0.25, 8],
    ["b", Number.NEGATIVE_INFINITY, 0, 9],
    ["a b", -0.001, 0, 12],
  ],
};

describe("ARPA files", () => {
  it("are read with tabs or spaces, remarks, and no backoff where it is 0", async () => {
    expect(await read(good)).toEqual(expected);
    expect(await read(good.replaceAll("\n", "\r\n"))).toEqual(expected);
    expect(await read(gzipSync(good), "model.arpa.gz")).toEqual(expected);
  });

  it.each([
    ["no ARPA file: \\data\\ is missing", "hello\n", 1],
    ["no ARPA file", "", 0],
    ["\\end\\ is missing", good.slice(0, good.indexOf("\\end\\")), 13],
    ["the header says 2 1-grams, the file has 1", good.replace("-inf b\n", ""), 10],
    ["there are more 1-grams than the header says", good.replace("-inf b", "-1 b\n-1 c"), 10],
    ["expected a number, 1 words and a backoff; there are 4 parts", good.replace("-inf b", "-1 b c d"), 9],
    ["0.5 is no logarithm of a probability", good.replace("-1.5", "0.5"), 8],
    ["x is no logarithm of a probability", good.replace("-1.5", "x"), 8],
    ["much is no number", good.replace("-0.25", "much"), 8],
    ["expected the 2-grams", good.replace("\\2-grams", "\\3-grams"), 11],
    ["the file ends before its 2-grams", good.replace(/\\2-grams[^]*?\n\n/, ""), 11],
    ['"\\\\hello" is no section', good.replace("\\2-grams:", "\\hello"), 11],
    ['expected "ngram 2=..."', good.replace("ngram  2 = 1", "ngram 3=1"), 5],
    ['expected "ngram 2=..."', good.replace("ngram  2 = 1", "words 2=1"), 5],
    ["the header has no numbers", good.replace(/ngram.*\n/g, ""), 5],
    ["more than 536870912 n-grams", good.replace("ngram 1=2", "ngram 1=9999999999"), 4],
    [
      "orders above 12",
      good.replace("ngram  2 = 1", Array.from({ length: 12 }, (_, i) => `ngram ${i + 2}=0`).join("\n")),
      16,
    ],
    ["the line is too long", good.replace("a remark", "a".repeat(2 ** 20 + 1)), 1],
    ["the line is not UTF-8", Buffer.concat([Buffer.from([0x61, 0xff, 0x0a]), Buffer.from(good)]), 1],
  ])("are refused with the line: %s", async (what, content, line) => {
    await expect(read(content)).rejects.toMatchObject({
      code: "E_DATA_NGRAM",
      where: expect.stringMatching(new RegExp(`model\\.arpa:${line}$`)) as unknown,
      what: expect.stringContaining(what) as unknown,
    });
  });

  it("are written so that they are read again", async () => {
    const orders = [
      {
        count: 2,
        entries: [
          { words: "a", logProbability: -1.5, logBackoff: -1 / 3 },
          { words: "b", logProbability: 0, logBackoff: 0 },
        ],
      },
      { count: 1, entries: [{ words: "a b", logProbability: -1e-7 }] },
    ];
    for (const name of ["out.arpa", "out.arpa.gz"]) {
      const path = join(folder, name);
      await writeArpa(path, orders);
      const { counts, entries } = await read(await readFile(path), name);
      expect(counts).toEqual([2, 1]);
      expect(entries.map(([words, probability, backoff]) => [words, probability, backoff])).toEqual([
        ["a", -1.5, -0.33333333],
        ["b", 0, 0],
        ["a b", -1e-7, 0],
      ]);
    }
  });
});
