import { expect, test } from "vitest";
import type { Block } from "../engine/block.ts";
import { countRows, drawRows } from "./draw-rows.ts";

const block = (index: number, text: string, firstLine: number): Block => ({
  index,
  file: "a.jsonl",
  fileNumber: 0,
  bytes: Buffer.from(text),
  firstLine,
  faults: [],
  consumed: text.length,
});

async function* blocksOf(list: readonly Block[]): AsyncGenerator<Block> {
  yield* list;
}

const hundred = Array.from({ length: 100 }, (_, i) => `{"n":${i + 1}}`);

async function draw(cuts: readonly number[], seed: number, wanted: number): Promise<readonly number[]> {
  const list = cuts.map((start, i) => block(i, `${hundred.slice(start, cuts[i + 1] ?? 100).join("\n")}\n`, start + 1));
  const lines: number[] = [];
  for await (const drawn of drawRows(blocksOf(list), { seed, wanted, total: 100 })) {
    const rows = Buffer.from(drawn.bytes).toString().trim().split("\n");
    expect(rows.map((row) => (JSON.parse(row) as { n: number }).n)).toEqual([...(drawn.lines ?? [])]);
    lines.push(...(drawn.lines ?? []));
  }
  return lines;
}

test("exactly as many as are wanted, the same however the blocks are cut", async () => {
  const whole = await draw([0], 7, 20);
  expect(whole).toHaveLength(20);
  expect(new Set(whole).size).toBe(20);
  expect(await draw([0, 3, 50, 99], 7, 20)).toEqual(whole);
  expect(await draw([0], 8, 20)).not.toEqual(whole);
  expect(await draw([0, 10], 7, 100)).toHaveLength(100);
});

test("every row has the same chance", async () => {
  const times = Array.from({ length: 101 }, () => 0);
  for (let seed = 0; seed < 400; seed++)
    for (const line of await draw([0], seed, 25)) times[line] = (times[line] ?? 0) + 1;
  // 100 on average, with a standard deviation of 8.7.
  expect(Math.min(...times.slice(1))).toBeGreaterThan(60);
  expect(Math.max(...times)).toBeLessThan(140);
});

test("blank lines are no rows", () => {
  expect(countRows(block(0, '{"a":1}\n\n\r\n{"a":2}\r\n', 1))).toBe(2);
});
