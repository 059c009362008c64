import { expect, it } from "vitest";
import { fixtureTools } from "../testing/all-rows.ts";
import { runFilter } from "../testing/ready.ts";
import { audioDurationFilter } from "./audio-duration.ts";

// Data-Juicer's own lengths of these files are in media/wav.test.ts; its filter needs a decoder that was not at hand.
const rows = [
  { audios: ["test/fixtures/audios/tone.wav"] },
  { audios: ["test/fixtures/audios/float.wav", "test/fixtures/audios/tone.flac"] },
  { audios: [] },
];
const lengths = [[0.125], [0.01875, 0.125], []];

it.each([
  [{}, [true, true, true]],
  [{ min_duration: 0.1, any_or_all: "any" }, [true, true, true]],
  [{ min_duration: 0.1, any_or_all: "all" }, [true, false, true]],
  [{ max_duration: 0.125, max_closed_interval: false }, [false, true, true]],
  [{ min_duration: 0.1, reversed_range: true }, [false, true, true]],
])("measures seconds and decides: %j", async (args, keep) => {
  const results = await runFilter(audioDurationFilter, rows, args, fixtureTools);
  expect(results.map(({ stats }) => stats["audio_duration"])).toEqual(lengths);
  expect(results.map((result) => result.keep)).toEqual(keep);
});
