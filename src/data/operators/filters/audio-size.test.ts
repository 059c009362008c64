import { describe, expect, it } from "vitest";
import { fixtureTools } from "../testing/all-rows.ts";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { audioSizeFilter } from "./audio-size.ts";

describe("audio_size_filter", () => {
  it.each(goldenCases("audio_size_filter"))("measures and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(audioSizeFilter, golden.rows, golden.args, fixtureTools);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });

  it.skipIf(process.platform === "win32")("refuses a device", async () => {
    await expect(runFilter(audioSizeFilter, [{ audios: ["/dev/zero"] }], {}, fixtureTools)).rejects.toThrow(
      "E_DATA_ROW: rows.jsonl:1: audios[0] /dev/zero: the file cannot be read: this is a device, not a file.",
    );
  });

  it("names the row and the file that is missing", async () => {
    await expect(runFilter(audioSizeFilter, [{ audios: ["no.wav"] }], {}, fixtureTools)).rejects.toThrow(
      "E_DATA_ROW: rows.jsonl:1: audios[0] no.wav: the file cannot be read",
    );
  });
});
