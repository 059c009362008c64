/** Bytes of image files. Data-Juicer: image_size_filter. */
import { anyOrAllArg, decide } from "../media/any-or-all.ts";
import { sizeRangeArgs, sizeTest } from "../media/file-size.ts";
import { imageBytesArg } from "../media/images.ts";
import { mediaFiles, sizeOf } from "../media/media-files.ts";
import { defineFilter } from "../operator.ts";

export const imageSizeFilter = defineFilter({
  name: "image_size_filter",
  summary: "Keeps rows whose image files have a size in a range.",
  args: { ...sizeRangeArgs, any_or_all: anyOrAllArg, image_bytes_key: imageBytesArg },
  stats: ["image_sizes"],
  cost: 5,
  create: (args, tools) => {
    const isInside = sizeTest(args);
    return {
      stats: ["image_sizes"],
      measure: async (sample) => {
        const files = mediaFiles(sample, args.image_key, args.image_bytes_key);
        return { image_sizes: await Promise.all(files.map((file) => sizeOf(file, tools))) };
      },
      keep: (stats) => decide(args.any_or_all, (stats["image_sizes"] as number[]).map(isInside)),
    };
  },
});
