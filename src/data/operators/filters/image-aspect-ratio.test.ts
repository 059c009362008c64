import { describe, expect, it } from "vitest";
import { fixtureTools } from "../testing/all-rows.ts";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { imageAspectRatioFilter } from "./image-aspect-ratio.ts";

describe("image_aspect_ratio_filter", () => {
  it.each(goldenCases("image_aspect_ratio_filter"))("measures and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(imageAspectRatioFilter, golden.rows, golden.args, fixtureTools);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });

  it("keeps rows without images, also when the range is reversed", async () => {
    const [result] = await runFilter(imageAspectRatioFilter, [{ images: [] }], { reversed_range: true }, fixtureTools);
    expect(result).toEqual({ stats: { aspect_ratios: [] }, keep: true });
  });
});
