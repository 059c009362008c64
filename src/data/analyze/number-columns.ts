/**
 * Columns of numbers that grow block by block and are read again several times. They stay in memory up to a budget;
 * what comes after it goes to files, so that memory does not grow with the number of rows.
 */
import { mkdtempSync, openSync, closeSync, readSync, writeSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { explainWriteError } from "../../formats/write-error.ts";

/** One pass over a column, in the order in which its numbers came. */
export type Scan = () => Iterable<Float64Array>;

export interface NumberColumns {
  /** @throws E_DISK_FULL, E_FILE_WRITE */
  readonly append: (name: string, numbers: Float64Array) => Promise<void>;
  /** Columns that got pieces of the same lengths give pieces of the same lengths. */
  readonly scan: (name: string) => Scan;
  /** Ends a round of appends: only between rounds does writing move from memory to files. */
  readonly endRound: () => void;
  readonly close: () => void;
}

interface Column {
  readonly pieces: Float64Array[];
  file: number | undefined;
  /** Bytes in the file. */
  size: number;
}

const READ_NUMBERS = 1 << 16;

export function createNumberColumns(budgetBytes: number): NumberColumns {
  const columns = new Map<string, Column>();
  let [held, spilling] = [0, false];
  let folder: string | undefined;

  const columnOf = (name: string): Column => {
    const known = columns.get(name);
    if (known !== undefined) return known;
    const column: Column = { pieces: [], file: undefined, size: 0 };
    columns.set(name, column);
    return column;
  };

  const spill = (column: Column, numbers: Float64Array): void => {
    folder ??= mkdtempSync(join(tmpdir(), "tunesmith-analyze-"));
    column.file ??= openSync(join(folder, `${[...columns.values()].indexOf(column)}.f64`), "w+");
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
    for (let done = 0; done < bytes.length;) {
      done += writeSync(column.file, bytes, done, bytes.length - done, column.size + done);
    }
    column.size += bytes.length;
  };

  return {
    append: async (name, numbers) => {
      const column = columnOf(name);
      if (!spilling) {
        column.pieces.push(numbers);
        held += numbers.byteLength;
        return;
      }
      try {
        spill(column, numbers);
      } catch (error) {
        throw await explainWriteError(error, folder ?? tmpdir());
      }
    },
    scan: (name) => () => pieces(columnOf(name)),
    endRound: () => {
      spilling ||= held > budgetBytes;
    },
    close: () => {
      for (const { file } of columns.values()) if (file !== undefined) closeSync(file);
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function* pieces({ pieces: held, file, size }: Column): Generator<Float64Array> {
  yield* held;
  if (file === undefined) return;
  for (let at = 0; at < size; at += READ_NUMBERS * 8) {
    const numbers = new Float64Array(Math.min(READ_NUMBERS, (size - at) / 8));
    const bytes = new Uint8Array(numbers.buffer);
    for (let done = 0; done < bytes.length;) {
      done += readSync(file, bytes, done, bytes.length - done, at + done);
    }
    yield numbers;
  }
}
