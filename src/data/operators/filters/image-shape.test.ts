import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fixtureTools } from "../testing/all-rows.ts";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { imageShapeFilter } from "./image-shape.ts";

const turned = "test/fixtures/images/turned.jpg";

describe("image_shape_filter", () => {
  it.each(goldenCases("image_shape_filter"))("measures and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(imageShapeFilter, golden.rows, golden.args, fixtureTools);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });

  it("keeps rows without images", async () => {
    const results = await runFilter(imageShapeFilter, [{ text: "a" }, { images: [] }], { min_width: 9 }, fixtureTools);
    const none = { stats: { image_width: [], image_height: [] }, keep: true };
    expect(results).toEqual([none, none]);
  });

  it("reads bytes where the row has them, and leaves those as they lie", async () => {
    const rows = [{ images: [turned, "not there"], image_bytes: [undefined, readFileSync(turned)] }];
    const [result] = await runFilter(imageShapeFilter, rows, {}, fixtureTools);
    expect(result?.stats).toEqual({ image_width: [24, 40], image_height: [40, 24] });
  });

  it.skipIf(process.platform === "win32")("refuses a device", async () => {
    await expect(runFilter(imageShapeFilter, [{ images: ["/dev/zero"] }], {}, fixtureTools)).rejects.toThrow(
      "images[0] /dev/zero: the file is no image that can be read: this is a device, not a file.",
    );
  });

  it.each([
    ["E_DATA_ROW: rows.jsonl:1: images[0] no.png: the file is no image that can be read", { images: ["no.png"] }],
    ["E_DATA_ROW: rows.jsonl:1: images: images is 5, wants a list", { images: 5 }],
    ["E_DATA_ROW: rows.jsonl:1: images[0]: a file is null, wants a path", { images: [null] }],
  ])("%s", async (message, row) => {
    await expect(runFilter(imageShapeFilter, [row], {}, fixtureTools)).rejects.toThrow(message);
  });
});
