/**
 * TensorBoard event files: TFRecord frames (length, masked CRC-32C, data, masked CRC-32C) of Event messages.
 * Only scalars. Field numbers are those of tensorflow's event.proto and summary.proto.
 */
import { createHash } from "node:crypto";
import { appendFile, mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

export interface EventFile {
  readonly path: string;
  readonly scalar: (step: number, tag: string, value: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens a new event file in `dir` (made when missing). */
export async function openEventFile(dir: string): Promise<EventFile> {
  await mkdir(dir, { recursive: true });
  const seconds = Math.floor(Date.now() / 1000);
  const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
  const path = join(dir, `events.out.tfevents.${seconds}.${host}.${process.pid}.tunesmith`);
  const append = (event: Uint8Array): Promise<void> => appendFile(path, frameRecord(event));
  await append(eventMessage({ wallTime: Date.now() / 1000, fileVersion: "brain.Event:2" }));
  return {
    path,
    scalar: (step, tag, value) => append(eventMessage({ wallTime: Date.now() / 1000, step, scalar: { tag, value } })),
    close: () => Promise.resolve(),
  };
}

interface EventFields {
  readonly wallTime: number;
  readonly step?: number;
  readonly fileVersion?: string;
  readonly scalar?: { readonly tag: string; readonly value: number };
}

/** event.proto: wall_time = 1 (double), step = 2 (int64), file_version = 3, summary = 5. */
export function eventMessage({ wallTime, step, fileVersion, scalar }: EventFields): Uint8Array {
  const parts = [Uint8Array.of(0x09), littleEndian(8, (view) => view.setFloat64(0, wallTime, true))];
  if (step !== undefined) parts.push(Uint8Array.of(0x10), varint(step));
  if (fileVersion !== undefined) parts.push(lengthDelimited(3, new TextEncoder().encode(fileVersion)));
  if (scalar !== undefined) {
    // summary.proto: Value.tag = 1, Value.simple_value = 2 (float); Summary.value = 1.
    const value = concat(
      lengthDelimited(1, new TextEncoder().encode(scalar.tag)),
      Uint8Array.of(0x15),
      littleEndian(4, (view) => view.setFloat32(0, scalar.value, true)),
    );
    parts.push(lengthDelimited(5, lengthDelimited(1, value)));
  }
  return concat(...parts);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function littleEndian(size: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return bytes;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

function lengthDelimited(field: number, data: Uint8Array): Uint8Array {
  return concat(Uint8Array.of((field << 3) | 2), varint(data.length), data);
}

/** One TFRecord frame. */
export function frameRecord(data: Uint8Array): Uint8Array {
  const length = littleEndian(8, (view) => view.setBigUint64(0, BigInt(data.length), true));
  const crc = (bytes: Uint8Array): Uint8Array =>
    littleEndian(4, (view) => view.setUint32(0, maskedCrc32c(bytes), true));
  return concat(length, crc(length), data, crc(data));
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32C (Castagnoli). */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] as number);
  return (crc ^ 0xffffffff) >>> 0;
}

function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
