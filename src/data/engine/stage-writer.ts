/** Writes what the blocks of a stage gave into the work folder, and keeps the journal. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { openAppendFile, type AppendFile } from "./append-file.ts";
import type { Decision } from "./barrier.ts";
import type { FileFault } from "./block.ts";
import type { BlockResult } from "./chain.ts";
import type { ProcessJob } from "./job.ts";
import type { Known } from "./item.ts";
import { writeJournal, type Journal } from "./journal.ts";
import { readOffsets, spillNames } from "./spill.ts";
import type { Stage, Step } from "./steps.ts";
import type { TraceEntry } from "./trace.ts";
import type { RawObject } from "../shapes/shape.ts";

/** Files of the work folder that become results. */
export const finalNames = { rows: "rows.jsonl", stats: "stats.jsonl", bad: "bad.jsonl", trace: "trace.jsonl" } as const;

const SAVE_MILLISECONDS = 3000;
const REASONS = 20;

export interface StageWriter {
  readonly write: (result: BlockResult) => Promise<void>;
  readonly noteFile: (fault: FileFault) => void;
  readonly noteBarrier: (barrier: Step, decision: Decision) => Promise<void>;
  /** Forces everything to disk, then writes the journal. */
  readonly save: () => Promise<void>;
  /** The journal at the end; a number of stage moves it there. */
  readonly finish: (next?: { readonly stage: number }) => Promise<Journal>;
  readonly close: () => Promise<void>;
}

interface Place {
  readonly job: ProcessJob;
  readonly work: string;
  readonly stages: readonly Stage[];
}

/** `order`: the steps in the order in which they run; what a block counts is in that order. */
export async function createStageWriter(
  { job, work, stages }: Place,
  journal: Journal,
  order: readonly Step[],
): Promise<StageWriter> {
  const { stage } = journal;
  const last = stage === stages.length - 1;
  const files = new Map<string, AppendFile>();
  const to = async (name: string): Promise<AppendFile> => {
    const known = files.get(name);
    if (known !== undefined) return known;
    const file = await openAppendFile(join(work, name), journal.files[name] ?? 0);
    files.set(name, file);
    return file;
  };
  const append = async (name: string, bytes: Uint8Array): Promise<void> => (await to(name)).append(bytes);
  const appendLines = (name: string, values: readonly unknown[]): Promise<void> =>
    append(name, Buffer.from(values.map((value) => `${JSON.stringify(value) ?? ""}\n`).join("")));

  const counts = journal.counts.map(([rowsIn, rowsOut]): [number, number] => [rowsIn, rowsOut]);
  const traced = [...journal.traced];
  const reasons = new Map(journal.reasons);
  const fileFaults = [...journal.fileFaults];
  let { blocks, rowsWritten, rowsRead, rowsBad, seconds } = journal;
  let saved = Date.now();
  const names = spillNames(stage);

  const writeTraces = async (entries: readonly TraceEntry[]): Promise<void> => {
    for (const entry of entries) {
      const { place } = entry;
      const name = job.steps[place]?.name ?? "";
      const wanted = job.traceOperators.length === 0 || job.traceOperators.includes(name);
      if (!wanted || (traced[place] ?? 0) >= job.traceRows) continue;
      traced[place] = (traced[place] ?? 0) + 1;
      await appendLines(finalNames.trace, [entry]);
    }
  };

  const save = async (): Promise<void> => {
    for (const file of files.values()) await file.sync();
    seconds += (Date.now() - saved) / 1000;
    saved = Date.now();
    await writeJournal(work, current());
  };
  const current = (): Journal => ({
    ...journal,
    blocks,
    rowsWritten,
    rowsRead,
    rowsBad,
    seconds,
    counts,
    traced,
    fileFaults,
    reasons: [...reasons],
    orders: withOrder(journal.orders, stage, order),
    files: { ...journal.files, ...Object.fromEntries([...files].map(([name, file]) => [name, file.size()])) },
  });

  return {
    write: async (result) => {
      await append(last ? finalNames.rows : names.rows, result.bytes);
      if (last) await append(finalNames.stats, result.stats);
      else
        await append(
          names.lengths,
          new Uint8Array(result.lengths.buffer, result.lengths.byteOffset, result.lengths.byteLength),
        );
      if (result.keys !== undefined) await append(names.keys, result.keys);
      if (result.present !== undefined) await append(names.present, result.present);
      if (result.values !== undefined) await appendLines(names.values, result.values);
      if (result.bad.length > 0) await appendLines(finalNames.bad, result.bad);
      await writeTraces(result.traces);
      for (const [i, [rowsIn, rowsOut]] of result.counts.entries()) {
        const count = counts[(order[i] as Step).place] as [number, number];
        count[0] += rowsIn;
        count[1] += rowsOut;
      }
      for (const { reason } of result.bad) {
        const kind = reason.replace(/[:(].*$/s, "").trim();
        if (reasons.has(kind) || reasons.size < REASONS) reasons.set(kind, (reasons.get(kind) ?? 0) + 1);
      }
      if (stage === 0) rowsRead += result.rowsIn;
      rowsBad += result.bad.length;
      rowsWritten += result.rowsOut;
      blocks = result.index + 1;
      if (Date.now() - saved > SAVE_MILLISECONDS) await save();
    },
    noteFile: (fault) => {
      if (!fileFaults.some(({ file }) => file === fault.file)) fileFaults.push(fault);
    },
    noteBarrier: async (barrier, { rowsOut, duplicates }) => {
      const count = counts[barrier.place] as [number, number];
      [count[0], count[1]] = [rowsWritten, rowsOut];
      const pairs = duplicates.length === 0 ? [] : await readPairs(work, stage, duplicates);
      await writeTraces(pairs.map((pair) => ({ place: barrier.place, kind: "duplicate", ...pair })));
    },
    save,
    finish: async (next) => {
      await save();
      const journalNow = current();
      if (next === undefined) return journalNow;
      const moved = { ...journalNow, stage: next.stage, blocks: 0, rowsWritten: 0 };
      await writeJournal(work, moved);
      for (const file of files.values()) await file.close();
      return moved;
    },
    close: async () => {
      for (const file of files.values()) await file.close();
    },
  };
}

const withOrder = (orders: Journal["orders"], stage: number, order: readonly Step[]): Journal["orders"] => {
  if (orders[stage] !== undefined) return orders;
  return [...orders, order.map(({ place }) => place)];
};

type Pair = Pick<TraceEntry, "origin" | "row" | "original">;

/** Rows of a stage by number, with the rows they are duplicates of. */
async function readPairs(work: string, stage: number, pairs: Decision["duplicates"]): Promise<readonly Pair[]> {
  const offsets = await readOffsets(work, stage);
  const file = await open(join(work, spillNames(stage).rows), "r");
  const read = async (row: number): Promise<{ readonly origin: string; readonly row: RawObject }> => {
    const start = offsets[row] as number;
    const bytes = Buffer.alloc((offsets[row + 1] as number) - start);
    await file.read(bytes, 0, bytes.length, start);
    const line = bytes.toString();
    const tab = line.indexOf("\t");
    const [, , origin] = JSON.parse(line.slice(0, tab)) as Known;
    return { origin, row: JSON.parse(line.slice(tab + 1)) as RawObject };
  };
  try {
    const found: Pair[] = [];
    for (const [row, original] of pairs) {
      found.push({ ...(await read(row)), original: (await read(original)).row });
    }
    return found;
  } finally {
    await file.close();
  }
}
