/** A file that grows, and can be cut back to what a journal says of it. Writes are gathered. */
import { open } from "node:fs/promises";
import { explainWriteError } from "../../formats/write-error.ts";

export interface AppendFile {
  readonly path: string;
  /** Bytes so far, those still in memory included. */
  readonly size: () => number;
  readonly append: (bytes: Uint8Array) => Promise<void>;
  /** Everything is on the disk when this returns. */
  readonly sync: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const GATHER_BYTES = 1 << 18;

/** Opens a file at the size it is known to be whole to; the rest is cut off. @throws E_DISK_FULL, E_FILE_WRITE */
export async function openAppendFile(path: string, size: number): Promise<AppendFile> {
  let broken: unknown;
  const explain = async (error: unknown): Promise<never> => {
    broken = await explainWriteError(error, path);
    throw broken;
  };
  const file = await open(path, size === 0 ? "w" : "r+").catch(explain);
  if (size > 0) await file.truncate(size).catch(explain);
  let gathered: Uint8Array[] = [];
  let waiting = 0;
  let written = size;
  const flush = async (): Promise<void> => {
    // What a failed write lost is not to be taken for written.
    if (broken !== undefined) throw broken;
    if (waiting === 0) return;
    const bytes = gathered.length === 1 ? (gathered[0] as Uint8Array) : Buffer.concat(gathered);
    [gathered, waiting] = [[], 0];
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, written).catch(explain);
      done += bytesWritten;
      written += bytesWritten;
    }
  };
  return {
    path,
    size: () => written + waiting,
    append: async (bytes) => {
      if (bytes.length === 0) return;
      gathered.push(bytes);
      waiting += bytes.length;
      if (waiting >= GATHER_BYTES) await flush();
    },
    sync: async () => {
      await flush();
      await file.datasync().catch(explain);
    },
    close: async () => {
      try {
        await flush();
      } finally {
        await file.close();
      }
    },
  };
}
