import { describe, expect, it } from "vitest";
import { keptRows, runDeduplicator } from "../testing/all-rows.ts";
import { goldenCases } from "../testing/golden.ts";
import { imageDeduplicator } from "./image.ts";

const image = (name: string): string => `test/fixtures/images/${name}`;

describe("image_deduplicator", () => {
  it.each(goldenCases("image_deduplicator"))("keeps the rows that Data-Juicer keeps: $args", async (golden) => {
    const kept = await keptRows(imageDeduplicator, golden.rows, golden.args);
    expect(kept.map(({ id }) => id)).toEqual(golden.result?.map(({ id }) => id));
  });

  it("keeps rows without images, and counts a path once", async () => {
    const photo = image("photo.png");
    const rows = [{ images: [] }, { images: [photo] }, {}, { images: [photo, photo] }];
    expect(await runDeduplicator(imageDeduplicator, rows)).toEqual([0, 1, 2, 1]);
  });

  it("compares the texts of rows without images when texts count", async () => {
    const rows = [{ text: "a" }, { text: "b" }, { text: "a" }, { text: "a", images: [image("flat.png")] }];
    expect(await runDeduplicator(imageDeduplicator, rows, { consider_text: true })).toEqual([0, 1, 0, 3]);
  });

  it("names the row and the file that cannot be read", async () => {
    const rows = [{ images: [image("photo.png"), image("broken.png")] }];
    await expect(runDeduplicator(imageDeduplicator, rows)).rejects.toThrow(
      /^E_DATA_ROW: rows.jsonl:1: images\[1\] test\/fixtures\/images\/broken.png: the file is no image/,
    );
  });
});
