/**
 * Appends one JSON line with a single write, so that a crash cuts at most the last line and lines of several writers
 * do not mix. A line that a crash did cut is ended first: it alone is lost, not the one that comes after it.
 */
import { open, type FileHandle } from "node:fs/promises";
import { internal } from "../base/errors.ts";
import { explainWriteError } from "./write-error.ts";

const NEWLINE = 0x0a;

/** @throws E_DISK_FULL, E_FILE_WRITE */
export async function appendJsonl(path: string, value: unknown): Promise<void> {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) return internal(`a value of type ${typeof value} is no JSON`);
  await appendLines(path, `${text}\n`);
}

/** As {@link appendJsonl}, lines that are text already, each with its end. @throws E_DISK_FULL, E_FILE_WRITE */
export async function appendLines(path: string, lines: string): Promise<void> {
  let bytes = Buffer.from(lines);
  try {
    const file = await open(path, "a+");
    try {
      if (await isCut(file)) bytes = Buffer.concat([Uint8Array.of(NEWLINE), bytes]);
      await file.appendFile(bytes);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw await explainWriteError(error, path, { bytes: bytes.length });
  }
}

async function isCut(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const last = new Uint8Array(1);
  const { bytesRead } = await file.read(last, 0, 1, size - 1);
  return bytesRead === 1 && last[0] !== NEWLINE;
}
