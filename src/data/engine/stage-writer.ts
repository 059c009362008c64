/** Writes what the blocks of a stage gave into the work folder, and keeps the journal. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { openAppendFile, type AppendFile } from "./append-file.ts";
import type { Decision } from "./barrier.ts";
import type { Block, FileFault } from "./block.ts";
import type { BlockResult } from "./block-result.ts";
import type { Known } from "./item.ts";
import type { ProcessJob } from "./job.ts";
import { writeJournal, type Journal } from "./journal.ts";
import { readOffsets, spillNames } from "./spill.ts";
import { operatorOf, type Stage, type Step } from "./steps.ts";
import type { TraceEntry } from "./trace.ts";
import type { RawObject } from "../shapes/shape.ts";

/** Files of the work folder that become results. */
export const finalNames = { rows: "rows.jsonl", stats: "stats.jsonl", bad: "bad.jsonl", trace: "trace.jsonl" } as const;

const SAVE_MILLISECONDS = 3000;
const REASONS = 20;

export interface StageWriter {
  readonly write: (result: BlockResult, block: Block) => Promise<void>;
  /** Numbers of the steps in the order in which they run. */
  readonly noteOrder: (order: readonly number[]) => void;
  readonly noteFile: (fault: FileFault) => void;
  readonly noteBarrier: (barrier: Step, decision: Decision) => Promise<void>;
  /** Forces everything to disk, then writes the journal. */
  readonly save: () => Promise<void>;
  /** The journal at the end of the stage. */
  readonly finish: () => Promise<Journal>;
  /** Moves the journal to the next stage. */
  readonly moveTo: (stage: number) => Promise<Journal>;
  readonly close: () => Promise<void>;
}

interface Place {
  readonly job: ProcessJob;
  readonly work: string;
  readonly stages: readonly Stage[];
}

export function createStageWriter({ job, work, stages }: Place, journal: Journal): StageWriter {
  const { stage } = journal;
  const { rowwise } = stages[stage] as Stage;
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
  let { blocks, position, measured, rowsWritten, rowsRead, rowsBad, seconds, orders } = journal;
  let saved = Date.now();
  const names = spillNames(stage);
  /** Of each file behind the last whole block: what a failed write leaves behind that does not count. */
  let sizes = journal.files;
  const keepSizes = (): void => {
    sizes = { ...sizes, ...Object.fromEntries([...files].map(([name, file]) => [name, file.size()])) };
  };

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
    position,
    measured,
    rowsWritten,
    rowsRead,
    rowsBad,
    seconds,
    counts,
    traced,
    fileFaults,
    reasons: [...reasons],
    orders,
    files: sizes,
  });

  return {
    noteOrder: (order) => {
      orders = [...orders.slice(0, stage), order];
    },
    write: async (result, { fileNumber }) => {
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
        const count = counts[(rowwise[i] as Step).place] as [number, number];
        count[0] += rowsIn;
        count[1] += rowsOut;
      }
      for (const { reason } of result.bad) {
        const kind = reason.replace(/[:(].*$/s, "").trim();
        const name = reasons.has(kind) || reasons.size < REASONS ? kind : "other reasons";
        reasons.set(name, (reasons.get(name) ?? 0) + 1);
      }
      if (stage === 0) rowsRead += result.rowsIn;
      rowsBad += result.bad.length;
      rowsWritten += result.rowsOut;
      measured ||= result.measured;
      blocks = result.index + 1;
      if (fileNumber > position.file) position = { file: fileNumber, block: result.index };
      keepSizes();
      if (Date.now() - saved > SAVE_MILLISECONDS) await save();
    },
    noteFile: (fault) => {
      if (!fileFaults.some(({ file }) => file === fault.file)) fileFaults.push(fault);
    },
    noteBarrier: async (barrier, { rowsOut, duplicates, unselected }) => {
      const count = counts[barrier.place] as [number, number];
      [count[0], count[1]] = [rowsWritten, rowsOut];
      const { place } = barrier;
      if (duplicates.length + unselected.length === 0) return;
      const rows = await openRows(work, stage);
      try {
        for (const [row, original] of duplicates) {
          const { row: kept } = await rows.read(original);
          await writeTraces([{ place, kind: "duplicate", ...(await rows.read(row)), original: kept }]);
        }
        for (const row of unselected) await writeTraces([{ place, kind: "not selected", ...(await rows.read(row)) }]);
      } finally {
        await rows.close();
      }
      keepSizes();
    },
    save,
    finish: async () => {
      // A stage without rows has its files all the same.
      for (const name of stageFiles(stages[stage] as Stage, stage, last)) await to(name);
      keepSizes();
      await save();
      return current();
    },
    moveTo: async (next) => {
      await save();
      const moved = { ...current(), stage: next, blocks: 0, rowsWritten: 0 };
      await writeJournal(work, moved);
      return moved;
    },
    close: async () => {
      for (const file of files.values()) await file.close();
    },
  };
}

function stageFiles({ barrier }: Stage, stage: number, last: boolean): readonly string[] {
  if (last) return [finalNames.rows, finalNames.stats];
  const { rows, lengths, keys, present, values } = spillNames(stage);
  if (barrier === undefined) return [rows, lengths];
  return operatorOf(barrier).kind === "deduplicator" ? [rows, lengths, keys, present] : [rows, lengths, values];
}

type Seen = Pick<TraceEntry, "origin" | "row">;

/** Rows of a stage by number. */
async function openRows(work: string, stage: number) {
  const offsets = await readOffsets(work, stage);
  const file = await open(join(work, spillNames(stage).rows), "r");
  return {
    read: async (row: number): Promise<Seen> => {
      const start = offsets[row] as number;
      const bytes = Buffer.alloc((offsets[row + 1] as number) - start);
      await file.read(bytes, 0, bytes.length, start);
      const line = bytes.toString();
      const tab = line.indexOf("\t");
      const [, , origin] = JSON.parse(line.slice(0, tab)) as Known;
      return { origin, row: JSON.parse(line.slice(tab + 1)) as RawObject };
    },
    close: () => file.close(),
  };
}
