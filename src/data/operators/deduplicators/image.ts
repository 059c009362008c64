/** Images that look the same. Data-Juicer: image_deduplicator (imagededup). */
import { createHash } from "node:crypto";
import * as z from "zod";
import { arg } from "../args.ts";
import { createImageReader, imageBytesArg } from "../media/images.ts";
import { imageHash } from "../media/image-hash.ts";
import { mediaFiles } from "../media/media-files.ts";
import { defineDeduplicator } from "../operator.ts";
import { hashText } from "./document.ts";
import { firstsOfEqualKeys } from "./equal-keys.ts";

export const imageDeduplicator = defineDeduplicator({
  name: "image_deduplicator",
  summary: "Keeps the first of rows whose images look the same; rows without images stay.",
  args: {
    method: arg(
      z.enum(["phash", "dhash", "whash", "ahash"]).default("phash"),
      "What of an image is compared: its low frequencies, its slopes, its coarse wavelets, or its average.",
    ),
    consider_text: arg(z.boolean().default(false), "Whether the texts of duplicates must be equal too."),
    image_bytes_key: imageBytesArg,
  },
  cost: 500,
  differs:
    "Images in CMYK or with more than 8 bits per channel, and phash of images drawn of straight lines alone, may hash otherwise.",
  create: async (args, tools) => {
    const reader = await createImageReader("image_deduplicator", tools);
    return {
      keyBytes: 16,
      bands: { count: 1, width: 16 },
      key: async (sample) => {
        const hash = createHash("md5");
        const named = mediaFiles(sample, args.image_key, args.image_bytes_key);
        // A path that a row names twice is one image.
        const files = named.filter(({ path }, i) => named.findIndex((other) => other.path === path) === i);
        for (const file of files) {
          hash.update(imageHash(await reader.pixels(file), args.method));
        }
        if (args.consider_text) {
          hash.update(hashText(sample.text(args.text_key), { lowercase: false, ignore_non_character: false }));
        } else if (files.length === 0) return undefined;
        return hash.digest();
      },
      originals: (keys) => firstsOfEqualKeys(keys, 16),
    };
  },
});
