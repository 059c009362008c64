/**
 * Where the bytes of a block lie, so that a node that sees the same files reads them itself. A checksum says whether
 * it does: other bytes, or none, and the block is sent whole.
 */
import { crc32 } from "node:zlib";
import { openRegularFile } from "../../formats/read-file.ts";
import type { BlockSource } from "../engine/block.ts";

export interface CheckedSource extends BlockSource {
  readonly checksum: number;
}

export const checkedSource = (source: BlockSource, bytes: Uint8Array): CheckedSource => ({
  ...source,
  checksum: crc32(bytes),
});

const NEWLINE = 0x0a;

/** The block's bytes, or undefined where this machine does not have them. */
export async function readSource({ file, ranges, checksum }: CheckedSource): Promise<Uint8Array | undefined> {
  const bytes = await readRanges(file, ranges).catch(() => undefined);
  return bytes !== undefined && crc32(bytes) === checksum ? bytes : undefined;
}

async function readRanges(path: string, ranges: BlockSource["ranges"]): Promise<Uint8Array> {
  const file = await openRegularFile(path, { code: "E_DATA_FILE" });
  try {
    const parts: Uint8Array[] = [];
    for (const [start, end] of ranges) {
      const part = Buffer.alloc(end - start);
      let done = 0;
      for (;;) {
        const { bytesRead } = await file.read(part, done, part.length - done, start + done);
        done += bytesRead;
        if (bytesRead === 0 || done === part.length) break;
      }
      // A last line without its end has been given one.
      if (done === part.length - 1) part[done] = NEWLINE;
      parts.push(part);
    }
    return Buffer.concat(parts);
  } finally {
    await file.close();
  }
}
