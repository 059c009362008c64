/**
 * What a run has finished, so that the same command after a kill goes on from there: the stage, its blocks, and how
 * far each file of the work folder is whole. Written after those files are on the disk, never before.
 */
import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../../formats/atomic.ts";
import type { FileFault } from "./block.ts";
import type { Position } from "./read-blocks.ts";

export interface Journal {
  readonly fingerprint: string;
  readonly stage: number;
  /** Blocks of this stage that are done. */
  readonly blocks: number;
  /** Where reading goes on in the first stage: files before are done. */
  readonly position: Position;
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
  /** Numbers of each stage's steps in the order in which they run, once a probe has told it. */
  readonly orders: readonly (readonly number[])[];
  /** Whether any row of the result has statistics or tags. */
  readonly measured: boolean;
  /** No row may be longer, in bytes; stays as it was when a run goes on with another ceiling of memory. */
  readonly maxRowBytes: number;
  readonly seconds: number;
  /** What is left to do when all files are written: then nothing else may be touched. */
  readonly moves?: Moves;
}

/** Files of the work folder and what they become; names are relative to the work folder and to the result's folder. */
export interface Moves {
  readonly remove: readonly string[];
  readonly move: readonly (readonly [from: string, to: string])[];
}

export function newJournal(fingerprint: string, operators: number, maxRowBytes: number): Journal {
  return {
    fingerprint,
    stage: 0,
    blocks: 0,
    position: { file: 0, block: 0 },
    rowsWritten: 0,
    files: {},
    counts: Array.from({ length: operators }, () => [0, 0]),
    traced: Array.from({ length: operators }, () => 0),
    rowsRead: 0,
    rowsBad: 0,
    reasons: [],
    fileFaults: [],
    orders: [],
    measured: false,
    maxRowBytes,
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
    return journal.fingerprint === fingerprint && (await restore(folder, journal)) ? journal : undefined;
  } catch {
    return undefined;
  }
}

/** Cuts files back to what the journal says of them. False when one is shorter: then nothing can go on from it. */
async function restore(folder: string, { files, moves, stage }: Journal): Promise<boolean> {
  if (moves !== undefined) return true;
  for (const [name, size] of Object.entries(files)) {
    const of = /^stage-(\d+)\./.exec(name)?.[1];
    // Files of stages before the last are deleted on the way.
    if (of !== undefined && Number(of) < stage - 1) continue;
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found === undefined || found.size < size) return false;
    if (found.size > size) await truncate(join(folder, name), size);
  }
  for (const name of await readdir(folder)) {
    if (name.endsWith(".jsonl") && !Object.hasOwn(files, name)) await rm(join(folder, name));
  }
  return true;
}

export const writeJournal = (folder: string, journal: Journal): Promise<void> =>
  writeFileAtomic(join(folder, NAME), `${JSON.stringify(journal)}\n`);

/** Of the form of the work folder: what another version has left is not gone on from. */
const FORM = 2;

/** Changes when anything changes that the result depends on: the recipe, or a file's size or time. */
export async function fingerprintOf(job: unknown, files: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(`${FORM}\n${JSON.stringify(job)}`);
  for (const file of files) {
    const { size, mtimeMs } = await stat(file);
    hash.update(`\n${file} ${size} ${mtimeMs}`);
  }
  return hash.digest("hex").slice(0, 32);
}
