/**
 * Resizes images with the window of Lanczos exactly as Pillow 13 does: rows and columns one after the other, with weights
 * of 22 binary digits and bytes in between. Hashes of images depend on its very rounding.
 */
import type { Pixels } from "./images.ts";

const SUPPORT = 3;
const PRECISION = 22;
const CHANNELS = 3;

interface Window {
  readonly first: number;
  readonly weights: readonly number[];
}

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (x < -SUPPORT || x >= SUPPORT) return 0;
  const [a, b] = [x * Math.PI, (x / SUPPORT) * Math.PI];
  return (Math.sin(a) / a) * (Math.sin(b) / b);
}

/** For each place of the result the places that it is made of, and their weights. */
function windows(from: number, to: number): readonly Window[] {
  const scale = from / to;
  const spread = Math.max(scale, 1);
  const support = SUPPORT * spread;
  return Array.from({ length: to }, (_, i) => {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(from, Math.trunc(center + support + 0.5));
    const raw = Array.from({ length: end - first }, (_, k) => lanczos((first + k - center + 0.5) * (1 / spread)));
    const sum = raw.reduce((total, weight) => total + weight, 0);
    const weights = raw.map((weight) => {
      const scaled = (sum === 0 ? weight : weight / sum) * 2 ** PRECISION;
      return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    });
    return { first, weights };
  });
}

/** One direction: `lines` lines of pixels that lie `step` bytes apart; lines begin `gap` bytes after each other. */
function resizeLines(
  pixels: Uint8Array,
  into: Uint8Array,
  list: readonly Window[],
  { lines, step, gap, gapInto }: { readonly [K in "lines" | "step" | "gap" | "gapInto"]: number },
): void {
  for (let line = 0; line < lines; line++) {
    for (const [i, { first, weights }] of list.entries()) {
      for (let channel = 0; channel < CHANNELS; channel++) {
        let sum = 1 << (PRECISION - 1);
        let at = line * gap + first * step + channel;
        for (const weight of weights) {
          sum += (pixels[at] as number) * weight;
          at += step;
        }
        into[line * gapInto + i * step + channel] = Math.max(0, Math.min(255, Math.floor(sum / 2 ** PRECISION)));
      }
    }
  }
}

function resizeWidth({ width: from, height, rgb }: Pixels, width: number): Pixels {
  if (width === from) return { width, height, rgb };
  const into = new Uint8Array(width * height * CHANNELS);
  const [gap, gapInto] = [from * CHANNELS, width * CHANNELS];
  resizeLines(rgb, into, windows(from, width), { lines: height, step: CHANNELS, gap, gapInto });
  return { width, height, rgb: into };
}

function resizeHeight({ width, height: from, rgb }: Pixels, height: number): Pixels {
  if (height === from) return { width, height, rgb };
  const into = new Uint8Array(width * height * CHANNELS);
  const step = width * CHANNELS;
  resizeLines(rgb, into, windows(from, height), { lines: width, step, gap: CHANNELS, gapInto: CHANNELS });
  return { width, height, rgb: into };
}

/** The image with another width and height. */
export function resize(image: Pixels, width: number, height: number): Pixels {
  // Pillow 13 begins with the columns where they lose much more than the rows; earlier versions never did.
  const lost = image.height - height;
  return lost > 0 && lost > 2 * (image.width - width)
    ? resizeWidth(resizeHeight(image, height), width)
    : resizeHeight(resizeWidth(image, width), height);
}
