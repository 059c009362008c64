import { expect, it } from "vitest";
import { resize } from "./lanczos.ts";

const image = (width: number, height: number, value: (x: number, y: number) => number) => ({
  width,
  height,
  rgb: Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return value(pixel % width, Math.floor(pixel / width));
  }),
});

it.each([
  [5, 7, 3, 20],
  [50, 3, 8, 8],
  [3, 50, 8, 8],
])("keeps a flat image flat: %i by %i to %i by %i", (width, height, newWidth, newHeight) => {
  const resized = resize(
    image(width, height, () => 77),
    newWidth,
    newHeight,
  );
  expect(resized.rgb).toEqual(new Uint8Array(newWidth * newHeight * 3).fill(77));
});

it("turns with the image where both sides change alike", () => {
  const tilted = (x: number, y: number): number => (x * 37 + y * y * 5) & 255;
  const resized = resize(image(20, 20, tilted), 9, 9).rgb;
  const turned = resize(
    image(20, 20, (x, y) => tilted(y, x)),
    9,
    9,
  ).rgb;
  for (let i = 0; i < 81; i++) {
    const other = (i % 9) * 9 + Math.floor(i / 9);
    expect(Math.abs((resized[3 * i] as number) - (turned[3 * other] as number))).toBeLessThanOrEqual(1);
  }
});

it("leaves an image of the size as it is", () => {
  const same = image(4, 4, (x, y) => x * 60 + y);
  expect(resize(same, 4, 4).rgb).toEqual(same.rgb);
});
