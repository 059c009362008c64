/**
 * Unpacks Zstandard as a stream, through fzstd: zlib of Node has it only from 22.15 on. A file may be several frames,
 * one after the other, as parallel packers write it. Windows of up to 2^27 bytes are held in memory.
 */
import { Decompress, ZstdErrorCode, type ZstdError } from "fzstd";
import { Transform } from "node:stream";

export function createUnzstd(): Transform {
  const zstd = new Decompress((part) => {
    if (part.length > 0) unpacked.push(part);
  });
  let empty = true;
  const push = (bytes: Uint8Array, final: boolean): Error | null => {
    try {
      zstd.push(bytes, final);
      return null;
    } catch (error) {
      const cut = (error as ZstdError).code === ZstdErrorCode.UnexpectedEOF;
      return cut ? new Error("unexpected end of file", { cause: error }) : (error as Error);
    }
  };
  const unpacked = new Transform({
    transform(chunk: Uint8Array, _encoding, done): void {
      if (chunk.length > 0) empty = false;
      done(push(chunk, false));
    },
    flush(done): void {
      done(empty ? null : push(new Uint8Array(), true));
    },
  });
  return unpacked;
}
