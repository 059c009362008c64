import { expect, it } from "vitest";
import { keptRows, runDeduplicator } from "../testing/all-rows.ts";
import { goldenCases } from "../testing/golden.ts";
import { documentDeduplicator } from "./document.ts";

it.each(goldenCases("document_deduplicator"))("keeps the rows that Data-Juicer keeps: $args", async (golden) => {
  const kept = await keptRows(documentDeduplicator, golden.rows, golden.args);
  expect(kept.map(({ id }) => id)).toEqual(golden.result?.map(({ id }) => id));
});

it("names the first row of each text", async () => {
  const rows = ["a", "b", "a", "c", "b", "a"].map((text) => ({ text }));
  expect(await runDeduplicator(documentDeduplicator, rows)).toEqual([0, 1, 0, 3, 1, 0]);
});

it("compares conversations by all of their texts", async () => {
  const rows = ["x", "y", "x"].map((content) => ({ messages: [{ role: "user", content }] }));
  expect(await keptRows(documentDeduplicator, rows)).toEqual(rows.slice(0, 2));
});
