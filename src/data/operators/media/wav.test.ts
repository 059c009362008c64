import { expect, it } from "vitest";
import { fixtureTools } from "../testing/all-rows.ts";
import { parts } from "../testing/parts.ts";
import { audioSeconds } from "./audio-duration.ts";
import { isWav, wavLength } from "./wav.ts";

const fileAt = (path: string) => ({ path, bytes: undefined, where: path });

const text = (value: string): number[] => [...new TextEncoder().encode(value)];
const number = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);
const chunk = (name: string, size: number, content: readonly number[]): number[] => [
  ...text(name),
  ...number(size, 4),
  ...content,
];
const format = (code: number, frameBytes: number): number[] =>
  chunk("fmt ", 16, [
    ...number(code, 2),
    ...number(1, 2),
    ...number(100, 4),
    ...number(0, 4),
    ...number(frameBytes, 2),
    8,
    0,
  ]);

const lengthOf = (...chunks: number[][]) => {
  const bytes = Uint8Array.from([...text("RIFF"), ...number(0, 4), ...text("WAVE"), ...chunks.flat()]);
  expect(isWav(bytes)).toBe(true);
  const read = async (at: number, length: number) => bytes.slice(at, at + length);
  return wavLength(read, bytes.length);
};

it.each(Object.entries(parts().durations))("%s has the length that Data-Juicer finds", async (name, seconds) => {
  expect(await audioSeconds(fileAt(`test/fixtures/audios/${name}`), fixtureTools)).toBe(seconds);
});

it("skips chunks that it does not know, with the byte that makes them even", async () => {
  const odd = chunk("LIST", 3, [1, 2, 3, 0]);
  expect(await lengthOf(odd, format(1, 2), odd, chunk("data", 6, [1, 2, 3, 4, 5, 6]))).toEqual({
    frames: 3,
    rate: 100,
  });
});

it("counts what is there when a stream did not know its size, or was cut off", async () => {
  const sound = Array.from({ length: 10 }, () => 0);
  expect(await lengthOf(format(1, 1), chunk("data", 0xffffffff, sound))).toEqual({ frames: 10, rate: 100 });
  expect(await lengthOf(format(1, 4), chunk("data", 400, sound))).toEqual({ frames: 2, rate: 100 });
});

it.each<[string, number[][]]>([
  ["no data chunk", [format(1, 2)]],
  ["no fmt chunk", [chunk("data", 2, [0, 0])]],
  ["says 0", [format(1, 0), chunk("data", 2, [0, 0])]],
  ["no fact chunk", [format(17, 64), chunk("data", 2, [0, 0])]],
])("says that a file has %s", async (problem, chunks) => {
  await expect(lengthOf(...chunks)).rejects.toThrow(problem);
});

it.each(["broken.wav", "missing.wav", "../images/photo.png"])("refuses %s", async (name) => {
  const file = fileAt(`test/fixtures/audios/${name}`);
  await expect(audioSeconds(file, fixtureTools)).rejects.toThrow(`E_DATA_ROW: ${file.path}: the file is no sound`);
});
