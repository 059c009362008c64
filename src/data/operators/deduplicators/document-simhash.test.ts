import { describe, expect, it } from "vitest";
import { createSample } from "../sample.ts";
import { keptRows } from "../testing/all-rows.ts";
import { goldenCases } from "../testing/golden.ts";
import { parts } from "../testing/parts.ts";
import { readyOf } from "../testing/ready.ts";
import { documentSimhashDeduplicator } from "./document-simhash.ts";

describe("document_simhash_deduplicator", () => {
  it.each(goldenCases("document_simhash_deduplicator"))(
    "keeps the rows that Data-Juicer keeps: $args",
    async (golden) => {
      const kept = await keptRows(documentSimhashDeduplicator, golden.rows, golden.args);
      expect(kept.map(({ id }) => id)).toEqual(golden.result?.map(({ id }) => id));
    },
  );

  it.each(parts().simhash)("has the fingerprints of simhash-pybind: $args", async ({ args, fingerprints }) => {
    const { key } = await readyOf(documentSimhashDeduplicator, args);
    const [golden] = goldenCases("alphanumeric_filter");
    const found = golden?.rows.map((row) => {
      const [high = 0, low = 0] = new Uint32Array(
        (key(createSample(row, "rows.jsonl:1")) as Uint8Array).slice().buffer,
      );
      return String((BigInt(high) << 32n) | BigInt(low));
    });
    expect(found).toEqual(fingerprints);
  });

  it.each([
    [{ num_blocks: 4 }, "wants less than num_blocks"],
    [{ num_blocks: 64, hamming_distance: 20 }, "passes"],
  ])("refuses %j", async (args, message) => {
    await expect(async () => readyOf(documentSimhashDeduplicator, args)).rejects.toThrow(message);
  });
});
