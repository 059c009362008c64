/** Seconds of sounds. Data-Juicer: audio_duration_filter. */
import { rangeArgs, rangeTest } from "../args.ts";
import { anyOrAllArg, decide } from "../media/any-or-all.ts";
import { audioSeconds } from "../media/audio-duration.ts";
import { mediaFiles } from "../media/media-files.ts";
import { defineFilter } from "../operator.ts";

export const audioDurationFilter = defineFilter({
  name: "audio_duration_filter",
  summary: "Keeps rows whose sounds have a length in a range, in seconds.",
  args: { ...rangeArgs("duration", "length in seconds", { min: 0 }), any_or_all: anyOrAllArg },
  stats: ["audio_duration"],
  cost: 20,
  create: (args, tools) => {
    const isInside = rangeTest(args, "duration");
    return {
      stats: ["audio_duration"],
      measure: async (sample) => {
        const files = mediaFiles(sample, args.audio_key);
        return { audio_duration: await Promise.all(files.map((file) => audioSeconds(file, tools))) };
      },
      keep: (stats) => decide(args.any_or_all, (stats["audio_duration"] as number[]).map(isInside)),
    };
  },
});
