import { expect, it } from "vitest";
import type { Block } from "./block.ts";
import { smallBlocks } from "./small-blocks.ts";

const blockOf = (index: number, text: string, more: Partial<Block> = {}): Block => ({
  index,
  file: "a.jsonl",
  fileNumber: 0,
  bytes: Buffer.from(text),
  firstLine: 10 * index + 1,
  faults: [],
  consumed: text.length,
  ...more,
});

async function cut(blocks: readonly Block[], size: number): Promise<readonly Block[]> {
  async function* each(): AsyncGenerator<Block> {
    yield* blocks;
  }
  const cuts: Block[] = [];
  for await (const block of smallBlocks(each(), size)) cuts.push(block);
  return cuts;
}

const texts = (blocks: readonly Block[]): readonly string[] => blocks.map(({ bytes }) => Buffer.from(bytes).toString());

it("cuts at line ends, keeps line numbers, and numbers anew", async () => {
  const cuts = await cut([blockOf(0, "a\nbb\nccc\ndddd\n"), blockOf(1, "e\n")], 4);
  expect(texts(cuts)).toEqual(["a\nbb\n", "ccc\n", "dddd\n", "e\n"]);
  expect(cuts.map(({ index, firstLine }) => [index, firstLine])).toEqual([
    [0, 1],
    [1, 3],
    [2, 4],
    [3, 11],
  ]);
  expect(cuts.reduce((sum, { consumed }) => sum + consumed, 0)).toBeCloseTo(16, 9);
});

it("gives each piece the numbers of its rows, and the first one the faults", async () => {
  const faults = [{ line: 2, reason: "bad" }];
  const cuts = await cut([blockOf(0, "a\nb\nc\n", { lines: Uint32Array.of(1, 3, 7), faults })], 4);
  expect(cuts.map(({ lines }) => [...(lines ?? [])])).toEqual([[1, 3], [7]]);
  expect(cuts.map((one) => one.faults.length)).toEqual([1, 0]);
});

it("leaves out where the whole block lay: a piece lies elsewhere", async () => {
  const cuts = await cut([blockOf(0, "a\nb\n", { source: { file: "a.jsonl", ranges: [[0, 4]] } })], 1);
  expect(cuts.map(({ source }) => source)).toEqual([undefined, undefined]);
});

it("keeps a last line without an end, and blocks of faults alone", async () => {
  expect(texts(await cut([blockOf(0, "a\nb"), blockOf(1, "")], 1))).toEqual(["a\n", "b", ""]);
});
