/**
 * What a run has finished, so that the same command after a kill goes on from there: the stage, its blocks, and how
 * far each file of the work folder is whole. Written after those files are on the disk, never before.
 */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../../formats/atomic.ts";
import type { FileFault } from "./block.ts";

export interface Journal {
  readonly fingerprint: string;
  readonly stage: number;
  /** Blocks of this stage that are done. */
  readonly blocks: number;
  /** Rows that this stage has written. */
  readonly rowsWritten: number;
  /** Bytes of each file of the work folder. */
  readonly files: Readonly<Record<string, number>>;
  /** Rows into and out of each operator, by its place in the recipe. */
  readonly counts: readonly (readonly [number, number])[];
  /** Rows traced of each operator. */
  readonly traced: readonly number[];
  readonly rowsRead: number;
  readonly rowsBad: number;
  /** Reasons of bad rows with their number, the most frequent kinds. */
  readonly reasons: readonly (readonly [string, number])[];
  readonly fileFaults: readonly FileFault[];
  /** Places of the operators of each stage in the order in which they run, once a probe has told it. */
  readonly orders: readonly (readonly number[])[];
  readonly seconds: number;
}

export function newJournal(fingerprint: string, operators: number): Journal {
  return {
    fingerprint,
    stage: 0,
    blocks: 0,
    rowsWritten: 0,
    files: {},
    counts: Array.from({ length: operators }, () => [0, 0]),
    traced: Array.from({ length: operators }, () => 0),
    rowsRead: 0,
    rowsBad: 0,
    reasons: [],
    fileFaults: [],
    orders: [],
    seconds: 0,
  };
}

const NAME = "journal.json";

/** The journal of an earlier run of the same job, or undefined when there is none to go on from. */
export async function readJournal(folder: string, fingerprint: string): Promise<Journal | undefined> {
  const text = await readFile(join(folder, NAME), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const journal = JSON.parse(text) as Journal;
    return journal.fingerprint === fingerprint ? journal : undefined;
  } catch {
    return undefined;
  }
}

export const writeJournal = (folder: string, journal: Journal): Promise<void> =>
  writeFileAtomic(join(folder, NAME), `${JSON.stringify(journal)}\n`);

/** Changes when anything changes that the result depends on: the recipe, or a file's size or time. */
export async function fingerprintOf(job: unknown, files: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(job));
  for (const file of files) {
    const { size, mtimeMs } = await stat(file);
    hash.update(`\n${file} ${size} ${mtimeMs}`);
  }
  return hash.digest("hex").slice(0, 32);
}
