/** Bytes of sound files. Data-Juicer: audio_size_filter. */
import { anyOrAllArg, decide } from "../media/any-or-all.ts";
import { sizeRangeArgs, sizeTest } from "../media/file-size.ts";
import { mediaFiles, sizeOf } from "../media/media-files.ts";
import { defineFilter } from "../operator.ts";

export const audioSizeFilter = defineFilter({
  name: "audio_size_filter",
  summary: "Keeps rows whose sound files have a size in a range.",
  args: { ...sizeRangeArgs, any_or_all: anyOrAllArg },
  stats: ["audio_sizes"],
  cost: 5,
  create: (args, tools) => {
    const isInside = sizeTest(args);
    return {
      stats: ["audio_sizes"],
      measure: async (sample) => {
        const files = mediaFiles(sample, args.audio_key);
        return { audio_sizes: await Promise.all(files.map((file) => sizeOf(file, tools))) };
      },
      keep: (stats) => decide(args.any_or_all, (stats["audio_sizes"] as number[]).map(isInside)),
    };
  },
});
