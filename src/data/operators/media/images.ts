/** Reads images with `sharp`, an optional package. As in Data-Juicer, files are turned as their EXIF data say. */
import type sharpModule from "sharp";
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { checkRegularFile } from "../../../formats/read-file.ts";
import { arg } from "../args.ts";
import type { OperatorTools } from "../tools.ts";
import { badFile, MEDIA_LIMIT, pathOf, type MediaFile } from "./media-files.ts";

type Sharp = typeof sharpModule;

export const imageBytesArg = arg(
  z.string().min(1).default("image_bytes"),
  "Column with the bytes of the images, in the order of their paths; paths are not read where it has some.",
);

export interface ImageShape {
  readonly width: number;
  readonly height: number;
}

/** Rows of pixels, three bytes each: red, green, blue. */
export interface Pixels extends ImageShape {
  readonly rgb: Uint8Array;
}

export interface ImageReader {
  /** Reads the head of a file only. @throws E_DATA_ROW */
  readonly shape: (file: MediaFile) => Promise<ImageShape>;
  /** Transparency is left out, not laid on a ground. @throws E_DATA_ROW */
  readonly pixels: (file: MediaFile) => Promise<Pixels>;
}

/** @throws E_DATA_PACKAGE when sharp is not installed */
export async function createImageReader(where: string, tools: OperatorTools): Promise<ImageReader> {
  const sharp = await importSharp(where);
  const check = (path: string): Promise<string> => checkRegularFile(path, { code: "E_DATA_FILE", limit: MEDIA_LIMIT });
  // Data-Juicer turns images that it reads from files, not those it has in bytes.
  const open = async (file: MediaFile) =>
    sharp(file.bytes ?? (await check(pathOf(file, tools))), { autoOrient: file.bytes === undefined, ignoreIcc: true });
  return {
    shape: async (file) => {
      try {
        const { width, height, autoOrient } = await (await open(file)).metadata();
        return file.bytes === undefined ? { width: autoOrient.width, height: autoOrient.height } : { width, height };
      } catch (cause) {
        return badFile(file, "is no image that can be read", cause);
      }
    },
    pixels: async (file) => {
      try {
        const image = (await open(file)).removeAlpha().toColourspace("srgb").raw();
        const { data, info } = await image.toBuffer({ resolveWithObject: true });
        return { width: info.width, height: info.height, rgb: info.channels === 3 ? data : spread(data) };
      } catch (cause) {
        return badFile(file, "is no image that can be read", cause);
      }
    },
  };
}

/** Grey pixels as three equal channels. */
function spread(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3);
  for (let i = 0; i < rgb.length; i++) rgb[i] = grey[Math.floor(i / 3)] as number;
  return rgb;
}

async function importSharp(where: string): Promise<Sharp> {
  try {
    return (await import("sharp")).default;
  } catch (cause) {
    return fail("E_DATA_PACKAGE", {
      where,
      what: "Images are read with the package sharp, which is not installed.",
      fix: "Run `npm i sharp`.",
      cause,
    });
  }
}
