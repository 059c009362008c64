/** Width by height of images. Data-Juicer: image_aspect_ratio_filter. */
import { imageBytesArg, createImageReader } from "../media/images.ts";
import { anyOrAllArg, decide } from "../media/any-or-all.ts";
import { mediaFiles } from "../media/media-files.ts";
import { rangeArgs, rangeTest } from "../args.ts";
import { defineFilter } from "../operator.ts";

export const imageAspectRatioFilter = defineFilter({
  name: "image_aspect_ratio_filter",
  summary: "Keeps rows whose images have a width divided by height in a range.",
  args: {
    ...rangeArgs("ratio", "width divided by height", { min: 0.333, max: 3 }),
    any_or_all: anyOrAllArg,
    image_bytes_key: imageBytesArg,
  },
  stats: ["aspect_ratios"],
  cost: 20,
  differs: "Only the head of an image is read, so that an image which is damaged behind it is not noticed.",
  create: async (args, tools) => {
    const reader = await createImageReader("image_aspect_ratio_filter", tools);
    const isInside = rangeTest(args, "ratio");
    return {
      stats: ["aspect_ratios"],
      measure: async (sample) => {
        const files = mediaFiles(sample, args.image_key, args.image_bytes_key);
        const shapes = await Promise.all(files.map((file) => reader.shape(file)));
        return { aspect_ratios: shapes.map(({ width, height }) => width / height) };
      },
      keep: (stats) => decide(args.any_or_all, (stats["aspect_ratios"] as number[]).map(isInside)),
    };
  },
});
