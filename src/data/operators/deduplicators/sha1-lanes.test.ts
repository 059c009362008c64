import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { md5Head } from "./md5.ts";
import { sha1Head } from "./sha1.ts";
import { createSha1Lanes } from "./sha1-lanes.ts";

const bytes = new Uint8Array(4000).map((_, i) => (i * 31 + (i >> 3)) & 255);
/** Every length around the ends of blocks, in an order that mixes short and long. */
const lengths = Array.from({ length: 140 }, (_, i) => (i * 67) % 140).concat(1000);
const starts = Uint32Array.from(lengths, (_, i) => i * 11);
const ends = starts.map((start, i) => start + (lengths[i] as number));
const digest = (name: string, i: number): Buffer =>
  createHash(name).update(bytes.subarray(starts[i], ends[i])).digest();

it("hashes four pieces at a time as node:crypto does one", () => {
  const into = new Uint32Array(512);
  createSha1Lanes()(bytes, starts, ends, 0, lengths.length, into);
  expect([...into.subarray(0, lengths.length)]).toEqual(lengths.map((_, i) => digest("sha1", i).readUInt32LE(0)));
});

it("hashes a part of the pieces", () => {
  const into = new Uint32Array(512);
  createSha1Lanes()(bytes, starts, ends, 5, 8, into);
  expect([...into.subarray(0, 3)]).toEqual([5, 6, 7].map((i) => digest("sha1", i).readUInt32LE(0)));
});

it("hashes pieces one by one as node:crypto", () => {
  const heads = lengths.map((_, i) => sha1Head(bytes, starts[i] as number, ends[i] as number));
  expect(heads).toEqual(lengths.map((_, i) => digest("sha1", i).readUInt32LE(0)));
});

it("gives the head of MD5", () => {
  const into = new Uint32Array(2);
  const heads = lengths.map((_, i) => {
    md5Head(bytes, starts[i] as number, ends[i] as number, into);
    return [...into];
  });
  expect(heads).toEqual(lengths.map((_, i) => [digest("md5", i).readUInt32BE(0), digest("md5", i).readUInt32BE(4)]));
});
