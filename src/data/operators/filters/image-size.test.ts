import { describe, expect, it } from "vitest";
import { fixtureTools } from "../testing/all-rows.ts";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { imageSizeFilter } from "./image-size.ts";

describe("image_size_filter", () => {
  it.each(goldenCases("image_size_filter"))("measures and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(imageSizeFilter, golden.rows, golden.args, fixtureTools);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });

  it("counts bytes that the row itself has", async () => {
    const rows = [{ images: ["a"], image_bytes: [new Uint8Array(2048)] }];
    const [result] = await runFilter(imageSizeFilter, rows, { min_size: "2kib", max_size: 2048 }, fixtureTools);
    expect(result).toEqual({ stats: { image_sizes: [2048] }, keep: true });
  });

  it.each(["1.5MB", "MB", "12XB", ""])("refuses the size %j", (min_size) => {
    expect(imageSizeFilter.schema.safeParse({ min_size }).success).toBe(false);
  });
});
