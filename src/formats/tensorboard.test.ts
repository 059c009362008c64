import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { crc32c, eventMessage, frameRecord, openEventFile } from "./tensorboard.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "events-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Data of the records of a file, their checksums verified. */
function records(bytes: Buffer): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(hex(bytes.subarray(at, at + 16 + length))).toBe(hex(frameRecord(data)));
    found.push(data);
    at += 16 + length;
  }
  return found;
}

describe("event messages", () => {
  it("use CRC-32C (check value of RFC 3720, B.4)", () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
  });

  // The expected bytes are those of TensorBoard's own Python classes (tensorboard 2.21.0).
  it("are those of TensorBoard's own writer", () => {
    const scalar = { wallTime: 1.5, step: 3, scalar: { tag: "a", value: 2 } };
    expect(hex(eventMessage(scalar))).toBe("09000000000000f83f10032a0a0a080a01611500000040");
    const version = { wallTime: 1.5, fileVersion: "brain.Event:2" };
    expect(hex(eventMessage(version))).toBe("09000000000000f83f1a0d627261696e2e4576656e743a32");
    const restart = { wallTime: 1.5, step: 300, restart: true };
    expect(hex(eventMessage(restart))).toBe("09000000000000f83f10ac023a020801");
    const text = { wallTime: 1.5, step: 2 ** 33, text: { tag: "t", text: "é" } };
    expect(hex(eventMessage(text))).toBe(
      "09000000000000f83f1080808080202a1d0a1b0a0174420c08071204120208014202c3a94a080a060a0474657874",
    );
    expect(hex(frameRecord(eventMessage(scalar)))).toBe(
      "1700000000000000e7cef81e09000000000000f83f10032a0a0a080a01611500000040e81c3a9d",
    );
  });
});

describe("openEventFile", () => {
  it("writes records in the order of the calls, whether or not they are awaited", async () => {
    const file = await openEventFile(folder, { purgeStep: 7 });
    expect(basename(file.path)).toMatch(/^events\.out\.tfevents\.\d{10}\.[\w.-]+\.\d+\.\d+\.tunesmith$/);
    const writing = Array.from({ length: 100 }, (_, step) =>
      step % 2 === 0 ? file.scalar(step, "train/loss", 2.5) : file.text(step, "sample", `step ${step}`),
    );
    await Promise.all(writing);
    const found = records(await readFile(file.path));
    expect(found).toHaveLength(102);
    expect(Buffer.from(found[0] as Uint8Array).toString("latin1")).toContain("brain.Event:2");
    // step = field 2, after nine bytes of time.
    expect(found.slice(1).map((data) => (data[9] === 0x10 ? data[10] : undefined))).toEqual([7, ...Array(100).keys()]);
    await file.close();
  });

  it("gives each file a name of its own", async () => {
    const [a, b] = [await openEventFile(folder), await openEventFile(folder)];
    expect(a.path).not.toBe(b.path);
    await Promise.all([a.close(), b.close()]);
  });

  it("says why a folder cannot be written", async () => {
    const path = join(folder, "file");
    await writeFile(path, "");
    const error: unknown = await openEventFile(path).catch((caught: unknown) => caught);
    expect(isTunesmithError(error, "E_FILE_WRITE")).toBe(true);
  });
});
