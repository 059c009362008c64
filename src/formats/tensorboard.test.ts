import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { crc32c, eventMessage, frameRecord, openEventFile } from "./tensorboard.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("event files", () => {
  it("use CRC-32C (check value of RFC 3720, B.4)", () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
  });

  it("frame an event as TensorFlow's own writer does", () => {
    // Event(wall_time=1.5, step=3, summary=[Value(tag="a", simple_value=2.0)]), serialised by hand after event.proto.
    const message = eventMessage({ wallTime: 1.5, step: 3, scalar: { tag: "a", value: 2 } });
    expect(hex(message)).toBe("09000000000000f83f10032a0a0a080a01611500000040");
    const frame = frameRecord(message);
    expect(frame.length).toBe(8 + 4 + message.length + 4);
    expect(new DataView(frame.buffer).getBigUint64(0, true)).toBe(BigInt(message.length));
  });

  it("write records one after another", async () => {
    const folder = await mkdtemp(join(tmpdir(), "events-"));
    const file = await openEventFile(folder);
    await file.scalar(1, "train/loss", 2.5);
    await file.scalar(300, "train/loss", 2.25);
    const bytes = await readFile(file.path);
    let records = 0;
    for (let at = 0; at < bytes.length; at += 16 + Number(bytes.readBigUInt64LE(at))) records++;
    expect(records).toBe(3);
    await rm(folder, { recursive: true });
  });
});
