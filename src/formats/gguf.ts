/** Reading GGUF files: the header once, tensors when they are asked for, dequantized to float32. */
import type { FileHandle } from "node:fs/promises";
import { fail } from "../base/errors.ts";
import { needsMore, parseGgufHeader, type GgufHeader, type GgufTensor } from "./gguf-header.ts";
import { readableTypes } from "./gguf-types.ts";
import { openRegularFile } from "./read-file.ts";

export type { GgufHeader, GgufTensor, GgufValue } from "./gguf-header.ts";

/** First bytes that are read; twice as many, and so on, while the header goes on. */
const FIRST_BYTES = 2 ** 20;
/** The largest published vocabularies make headers of 15 MB. */
const HEADER_LIMIT = 128 * 2 ** 20;
/** One read of a file asks for at most so many bytes. */
const READ_BYTES = 16 * 2 ** 20;

/** Whether a path is named as GGUF files are. */
export const isGgufPath = (path: string): boolean => /\.gguf$/i.test(path);

/** @throws E_GGUF */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  return withFile(path, async (file) => {
    const { size: fileSize } = await file.stat();
    for (let wanted = FIRST_BYTES; ; wanted *= 2) {
      const start = new Uint8Array(Math.min(wanted, fileSize));
      await readInto(file, start, 0, path);
      const header = parseGgufHeader(start, { path, fileSize });
      if (header !== needsMore) return header;
      if (wanted >= HEADER_LIMIT) {
        return fail("E_GGUF", { where: path, what: `the header has more than ${HEADER_LIMIT} bytes.` });
      }
    }
  });
}

/** All numbers of a tensor. @throws E_GGUF when its format cannot be read */
export async function readGgufTensor(path: string, name: string, tensor: GgufTensor): Promise<Float32Array> {
  const { type, shape, length } = tensor;
  if (type.dequantize === undefined) {
    return fail("E_GGUF", {
      where: path,
      what: `the tensor "${name}" is stored as ${type.name}, which cannot be read.`,
      fix: `Take a file in one of these formats: ${readableTypes.join(", ")}.`,
    });
  }
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const piece = Math.max(1, Math.floor(READ_BYTES / type.bytes)) * type.bytes;
  const bytes = new Uint8Array(Math.min(piece, length));
  await withFile(path, async (file) => {
    for (let done = 0; done < length; done += piece) {
      const part = bytes.subarray(0, Math.min(piece, length - done));
      await readInto(file, part, tensor.offset + done, path);
      const from = (done / type.bytes) * type.size;
      type.dequantize?.(part, values.subarray(from, from + (part.length / type.bytes) * type.size));
    }
  });
  return values;
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await openRegularFile(path, { code: "E_GGUF", fix: "Check the path and its permissions." });
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function readInto(file: FileHandle, target: Uint8Array, offset: number, path: string): Promise<void> {
  for (let done = 0; done < target.length;) {
    const { bytesRead } = await file.read(target, done, target.length - done, offset + done);
    if (bytesRead === 0)
      fail("E_GGUF", { where: path, what: `the file ended at byte ${offset + done} while it was read.` });
    done += bytesRead;
  }
}
