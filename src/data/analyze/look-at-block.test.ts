import { expect, test } from "vitest";
import type { Item } from "../engine/item.ts";
import type { StatValue } from "../operators/operator.ts";
import type { RawObject } from "../shapes/shape.ts";
import { lookAtBlock, type LookPlan } from "./look-at-block.ts";

const plan: LookPlan = { textKey: "text", stats: ["n", "topic"], seed: 3, examples: 2, drawn: 2, phraseShare: 1 };

const item = (line: number, row: RawObject, stats: Record<string, StatValue> = {}): Item => {
  const origin = `a.jsonl:${line}`;
  const text = JSON.stringify(row);
  const known = { file: "a.jsonl", line, origin, stats, given: undefined, suffixed: false, parents: [], operators: [] };
  return { row, parsed: row, text, ...known };
};

test("tags that a mapper wrote are statistics; they are no part of a row that is shown", async () => {
  const tagged = (line: number, topic: StatValue): Item =>
    item(line, { text: "t", __dj__meta__: { topic } }, { n: line });
  const look = await lookAtBlock([tagged(1, "sport"), tagged(2, ["sport", "law"]), tagged(3, true)], plan, []);
  expect([...(look.stats["topic"]?.words ?? [])]).toEqual([
    ["sport", 2],
    ["law", 1],
    ["true", 1],
  ]);
  expect(look.drawn[0]?.parts).toEqual([{ label: "text", text: "t" }]);
});

test("ends, lists, missing values and numbers that are none", async () => {
  const values: readonly StatValue[] = [5, [1, 3], [], Number.NaN, 9, null, 5];
  const look = await lookAtBlock(
    values.map((n, i) => item(i + 1, { text: `row ${i + 1}` }, { n })),
    plan,
    [],
  );
  const { numbers, spread, lowest, highest } = look.stats["n"] ?? {};
  expect([...(numbers ?? [])]).toEqual([5, 2, Number.NaN, Number.NaN, 9, Number.NaN, 5]);
  expect([...(spread ?? [])]).toEqual([5, 1, 3, Number.NaN, Number.NaN, 9, Number.NaN, 5]);
  expect(lowest).toEqual([
    { value: 2, origin: "a.jsonl:2", text: "row 2" },
    { value: 5, origin: "a.jsonl:1", text: "row 1" },
  ]);
  expect(highest?.map(({ origin }) => origin)).toEqual(["a.jsonl:5", "a.jsonl:1"]);
});

test("rows of one text have one hash, whatever else they hold", async () => {
  const rows = [{ text: "same", id: 1 }, { text: "same", id: 2 }, { text: "other" }, { nothing: 1 }, { nothing: 2 }];
  const { hashes } = await lookAtBlock(
    rows.map((row, i) => item(i, row)),
    plan,
    [],
  );
  expect(hashes[0]).toBe(hashes[1]);
  expect(new Set(hashes).size).toBe(4);
});
