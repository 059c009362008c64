/**
 * TensorBoard event files: TFRecord frames (length, masked CRC-32C, data, masked CRC-32C) of Event messages. Field
 * numbers are those of tensorflow's event.proto, summary.proto, tensor.proto and of TensorBoard's text plugin.
 *
 * Scalars, texts and restarts; no images, histograms or graphs.
 */
import { open } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";
import { concat, littleEndian, message, number, string } from "./protobuf.ts";
import { explainWriteError } from "./write-error.ts";

export interface EventFile {
  readonly path: string;
  readonly scalar: (step: number, tag: string, value: number) => Promise<void>;
  /** Shown as Markdown. */
  readonly text: (step: number, tag: string, text: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface EventFileOptions {
  /** Continuing a run: what earlier files of the folder hold from this step on is no longer shown. */
  readonly purgeStep?: number;
}

let files = 0;

/**
 * Opens a new event file in `dir` (made when missing). Events are on their way to the disk when a call returns, in the
 * order of the calls.
 * @throws E_DISK_FULL, E_FILE_WRITE, here and when writing
 */
export async function openEventFile(dir: string, options: EventFileOptions = {}): Promise<EventFile> {
  const seconds = Math.floor(Date.now() / 1000);
  const host = hostname().replaceAll(/[^\w.-]/g, "_");
  const path = join(dir, `events.out.tfevents.${seconds}.${host}.${process.pid}.${files++}.tunesmith`);
  const explained = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw await explainWriteError(error, path);
    }
  };
  const file = await explained(async () => {
    await makeFolder(dir);
    return open(path, "ax");
  });
  let last: Promise<void> = Promise.resolve();
  const append = (event: EventFields): Promise<void> => {
    const frame = frameRecord(eventMessage(event));
    const written = last.then(() => explained(() => file.appendFile(frame)));
    // Who called hears of a failure; those that come after try again.
    last = written.catch(() => undefined);
    return written;
  };
  const now = (): number => Date.now() / 1000;
  try {
    await append({ wallTime: now(), fileVersion: "brain.Event:2" });
    if (options.purgeStep !== undefined) await append({ wallTime: now(), step: options.purgeStep, restart: true });
  } catch (error) {
    await file.close();
    throw error;
  }
  return {
    path,
    scalar: (step, tag, value) => append({ wallTime: now(), step, scalar: { tag, value } }),
    text: (step, tag, text) => append({ wallTime: now(), step, text: { tag, text } }),
    close: async () => {
      await last;
      await explained(() => file.sync());
      await file.close();
    },
  };
}

interface EventFields {
  readonly wallTime: number;
  readonly step?: number;
  readonly fileVersion?: string;
  readonly scalar?: { readonly tag: string; readonly value: number };
  readonly text?: { readonly tag: string; readonly text: string };
  /** A session log of status START, which tells TensorBoard to forget later steps of earlier files. */
  readonly restart?: boolean;
}

/** event.proto: wall_time = 1 (double), step = 2 (int64), file_version = 3, summary = 5, session_log = 7. */
export function eventMessage({ wallTime, step, fileVersion, scalar, text, restart }: EventFields): Uint8Array {
  const parts = [Uint8Array.of(0x09), littleEndian(8, (view) => view.setFloat64(0, wallTime, true))];
  if (step !== undefined) parts.push(number(2, step));
  if (fileVersion !== undefined) parts.push(string(3, fileVersion));
  if (scalar !== undefined) parts.push(message(5, message(1, scalarValue(scalar))));
  if (text !== undefined) parts.push(message(5, message(1, textValue(text))));
  // SessionLog.status = 1, START = 1.
  if (restart === true) parts.push(message(7, number(1, 1)));
  return concat(parts);
}

/** summary.proto, Value: tag = 1, simple_value = 2 (float). */
function scalarValue({ tag, value }: { readonly tag: string; readonly value: number }): Uint8Array[] {
  return [string(1, tag), Uint8Array.of(0x15), littleEndian(4, (view) => view.setFloat32(0, value, true))];
}

/**
 * summary.proto, Value: tag = 1, tensor = 8, metadata = 9; SummaryMetadata.plugin_data = 1 with plugin_name = 1;
 * tensor.proto: dtype = 1 (DT_STRING = 7), tensor_shape = 2 with dim = 2 with size = 1, string_val = 8.
 */
function textValue({ tag, text }: { readonly tag: string; readonly text: string }): Uint8Array[] {
  const shape = message(2, message(2, number(1, 1)));
  return [string(1, tag), message(8, number(1, 7), shape, string(8, text)), message(9, message(1, string(1, "text")))];
}

/** One TFRecord frame. */
export function frameRecord(data: Uint8Array): Uint8Array {
  const length = littleEndian(8, (view) => view.setBigUint64(0, BigInt(data.length), true));
  const crc = (bytes: Uint8Array): Uint8Array =>
    littleEndian(4, (view) => view.setUint32(0, maskedCrc32c(bytes), true));
  return concat([length, crc(length), data, crc(data)]);
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
