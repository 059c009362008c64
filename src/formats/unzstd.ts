/**
 * Unpacks Zstandard as a stream, through fzstd: zlib of Node has it only from 22.15 on. A file may be several frames,
 * one after the other, as parallel packers write it. Windows of more than 2^27 bytes are refused, as zstd itself does.
 *
 * Four bytes of a file can stand for 128 KB: it is unpacked a few bytes at a time, and only when what came of those
 * before has been taken.
 */
import { Decompress, ZstdErrorCode, type ZstdError } from "fzstd";
import { Duplex } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";

/** Packed bytes that are unpacked at one time: at worst 16 MB come of them. */
const SLICE_BYTES = 512;

/** Unpacked bytes after which other work gets a turn, so that a signal is heeded within a chunk that stands for much. */
const TURN_BYTES = 2 ** 24;

/** What `zstd -d` takes without being told more (`--long=27`). */
const WINDOW_LIMIT = 2 ** 27;

/**
 * fzstd moves its whole window for each block, and a block of four bytes may stand for one: so many bytes may be moved
 * for each that comes out, which suffices for packers that end a block after each line.
 */
const MOVED_LIMIT = 2 ** 13;
/** And so many beside them, which take seconds. */
const MOVED_FREE = 2 ** 34;

/** An unpacker that calls `take` with each block, and throws where blocks cost more than they bring. */
function openUnpacker(take: (block: Uint8Array) => void): Decompress {
  let [moved, out] = [0, 0];
  const zstd = new Decompress((block) => {
    // Called before the window is touched for the first time. The field is fzstd's own; a test sees whether it stays.
    const { s: frame } = zstd as unknown as { readonly s?: { readonly e?: number } | number };
    const window = typeof frame === "object" ? (frame.e ?? 0) : 0;
    if (window > WINDOW_LIMIT) {
      throw new Error(`it needs a window of ${window} bytes, and at most ${WINDOW_LIMIT} are taken (zstd --long=27)`);
    }
    moved += window;
    out += block.length;
    if (moved > MOVED_FREE + MOVED_LIMIT * out) throw new Error("its blocks are too small for their window");
    take(block);
  });
  return zstd;
}

export function createUnzstd(): Duplex {
  return Duplex.from((source: AsyncIterable<Uint8Array>) => unzstd(source));
}

async function* unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  const zstd = openUnpacker((part) => {
    if (part.length > 0) parts.push(part);
  });
  const push = (bytes: Uint8Array, final: boolean): void => {
    try {
      zstd.push(bytes, final);
    } catch (error) {
      const cut = (error as ZstdError).code === ZstdErrorCode.UnexpectedEOF;
      throw cut ? new Error("unexpected end of file", { cause: error }) : error;
    }
  };
  const taken = (): Uint8Array => {
    const [first, ...more] = parts;
    parts = [];
    return more.length === 0 ? (first as Uint8Array) : Buffer.concat([first as Uint8Array, ...more]);
  };
  let empty = true;
  let unturned = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      empty = false;
      push(chunk.subarray(at, at + SLICE_BYTES), false);
      if (parts.length === 0) continue;
      const bytes = taken();
      unturned += bytes.length;
      yield bytes;
      if (unturned > TURN_BYTES) {
        unturned = 0;
        await turn();
      }
    }
  }
  if (!empty) push(new Uint8Array(), true);
  if (parts.length > 0) yield taken();
}

/** A page of a known size. What is longer ends as soon as it is. @throws Error */
export function unzstdTo(length: number, packed: Uint8Array): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  const zstd = openUnpacker((part) => {
    if (at + part.length > length) throw new Error(`a page unpacks to more than the ${length} bytes that it claims`);
    whole.set(part, at);
    at += part.length;
  });
  zstd.push(packed, true);
  return whole.subarray(0, at);
}
