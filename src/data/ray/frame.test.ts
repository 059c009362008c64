import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, packValue, readFrames, unpackValue, type Frame } from "./frame.ts";

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) {
    await Promise.resolve();
    yield bytes.subarray(start, start + size);
  }
}

async function all(stream: AsyncIterable<Uint8Array>): Promise<readonly Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of readFrames(stream)) frames.push(frame);
  return frames;
}

describe("frames", () => {
  it("come out as they went in, wherever the pipe cuts them", async () => {
    const frame = fc.record({
      header: fc.dictionary(fc.string(), fc.string()),
      body: fc.uint8Array({ maxLength: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(frame), fc.integer({ min: 1, max: 40 }), async (frames, size) => {
        const bytes = Buffer.concat(frames.map(({ header, body }) => encodeFrame(header, body)));
        const read = await all(chunksOf(bytes, size));
        expect(read.map(({ header, body }) => ({ header, body: [...body] }))).toEqual(
          frames.map(({ header, body }) => ({ header: { ...header }, body: [...body] })),
        );
      }),
    );
  });

  it("are refused when they end early, or are something else", async () => {
    const bytes = encodeFrame({ kind: "block" }, new Uint8Array(10));
    await expect(all(chunksOf(bytes.subarray(0, -1), 7))).rejects.toThrow("ended inside of a message");
    await expect(all(chunksOf(Buffer.from("Traceback (most recent call last):"), 7))).rejects.toThrow("is no message");
  });

  it("carry maps and numbers of any width", () => {
    const value = { skip: new Map([[1, "a"]]), lines: Uint32Array.of(1, 2), none: undefined, part: Buffer.from("xy") };
    const { part, ...rest } = unpackValue(packValue(value)) as typeof value;
    expect(rest).toEqual({ skip: value.skip, lines: value.lines, none: undefined });
    expect([...part]).toEqual([120, 121]);
  });
});
