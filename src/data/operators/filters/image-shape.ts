/** Width and height of images. Data-Juicer: image_shape_filter. */
import { imageBytesArg, createImageReader } from "../media/images.ts";
import { anyOrAllArg, decide } from "../media/any-or-all.ts";
import { mediaFiles } from "../media/media-files.ts";
import { rangeArgs, rangeTest } from "../args.ts";
import { defineFilter } from "../operator.ts";

const stats = ["image_width", "image_height"] as const;

export const imageShapeFilter = defineFilter({
  name: "image_shape_filter",
  summary: "Keeps rows whose images have a width and a height in ranges.",
  args: {
    ...rangeArgs("width", "width", { min: 1, integer: true }),
    ...rangeArgs("height", "height", { min: 1, integer: true }),
    any_or_all: anyOrAllArg,
    image_bytes_key: imageBytesArg,
  },
  stats,
  cost: 20,
  differs: "Only the head of an image is read, so that an image which is damaged behind it is not noticed.",
  create: async (args, tools) => {
    const reader = await createImageReader("image_shape_filter", tools);
    const [isWide, isHigh] = [rangeTest(args, "width"), rangeTest(args, "height")];
    return {
      stats,
      measure: async (sample) => {
        const shapes = await Promise.all(
          mediaFiles(sample, args.image_key, args.image_bytes_key).map((file) => reader.shape(file)),
        );
        return { image_width: shapes.map(({ width }) => width), image_height: shapes.map(({ height }) => height) };
      },
      keep: ({ image_width: widths, image_height: heights }) =>
        decide(
          args.any_or_all,
          (widths as number[]).map((width, i) => isWide(width) && isHigh((heights as number[])[i] as number)),
        ),
    };
  },
});
