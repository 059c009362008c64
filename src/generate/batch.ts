/**
 * Decoding of sequences that step together. Shorter prompts are padded on the left, so that all rows have their
 * next token at the same place; a mask and positions make padding invisible. Sequences of one prompt (the same
 * array) share its reading. Long prompts are read in chunks, which bounds the memory of attention.
 *
 * A row whose sequence has ended costs as much as any other. Such rows leave the cache as soon as what they have
 * cost, counted in rows, reaches the copying of those that go on: never more than twice the best.
 *
 * Left out: new sequences in the place of ended ones (continuous batching), paged caches.
 */
import type { HostTensor } from "../runtime/types.ts";
import type { Sequence } from "./sequence.ts";
import type { StepFeeds, Stepper } from "./stepper.ts";

export interface BatchOptions {
  /** Most tokens of a prompt that are read at once. */
  readonly chunk: number;
  readonly signal?: AbortSignal | undefined;
}

/** Seconds spent on reading prompts and on generating after them. */
export interface BatchSeconds {
  readonly prefill: number;
  readonly decode: number;
}

/** A row of the cache: how many places at its start are padding, and whose it is (several share a prompt). */
interface Row {
  readonly padding: number;
  readonly sequences: readonly Sequence[];
}

/** Any id would do: nothing sees it. */
const PAD = 0;

/** Runs until every sequence has ended. */
export async function runBatch(
  stepper: Stepper,
  sequences: readonly Sequence[],
  { chunk, signal }: BatchOptions,
): Promise<BatchSeconds> {
  const began = performance.now();
  const open = sequences.filter((sequence) => sequence.isOpen());
  const prompts = [...new Set(open.map(({ prompt }) => prompt))];
  const width = Math.max(0, ...prompts.map(({ length }) => length));
  let rows = prompts.map((prompt): Row => ({
    padding: width - prompt.length,
    sequences: open.filter((sequence) => sequence.prompt === prompt),
  }));
  const decoding = stepper.begin(rows.length);
  try {
    let logits: Float32Array = new Float32Array(0); // [rows, vocab]
    for (let start = 0; start < width; start += chunk) {
      if (signal?.aborted === true) break;
      const end = Math.min(start + chunk, width);
      const ids = rows.map(({ padding }, row) =>
        Array.from({ length: end - start }, (_, i) => prompts[row]?.[start + i - padding] ?? PAD),
      );
      logits = await decoding.step(stepFeeds(rows, ids, start));
    }
    const read = performance.now();

    let wasted = 0;
    for (let past = width; ; past++) {
      if (signal?.aborted === true) abortAll(rows);
      else advanceAll(rows, logits);
      const going = rows.flatMap(({ padding, sequences }, from) =>
        sequences.filter((one) => one.isOpen()).map((one) => ({ padding, sequences: [one], from })),
      );
      if (going.length === 0) break;
      wasted += rows.length - going.length;
      const shared = new Set(going.map(({ from }) => from)).size < going.length;
      if (shared || wasted >= going.length) {
        await decoding.select(going.map(({ from }) => from));
        rows = going;
        wasted = 0;
      }
      const ids = rows.map(({ sequences }) => [sequences[0]?.lastId() ?? PAD]);
      logits = await decoding.step(stepFeeds(rows, ids, past));
    }
    return { prefill: (read - began) / 1000, decode: (performance.now() - read) / 1000 };
  } finally {
    decoding.release();
  }
}

function advanceAll(rows: readonly Row[], logits: Float32Array): void {
  const vocab = logits.length / rows.length;
  for (const [row, { sequences }] of rows.entries()) {
    const ofRow = logits.subarray(row * vocab, (row + 1) * vocab);
    for (const sequence of sequences) if (sequence.isOpen()) sequence.advance(ofRow);
  }
}

function abortAll(rows: readonly Row[]): void {
  for (const { sequences } of rows) for (const sequence of sequences) if (sequence.isOpen()) sequence.abort();
}

/** `ids` [rows, time] that come after `past` places of the cache. */
function stepFeeds(rows: readonly Row[], ids: readonly (readonly number[])[], past: number): StepFeeds {
  const time = ids[0]?.length ?? 0;
  const table = (columns: number, value: (row: number, column: number) => number): HostTensor => {
    const data = new Int32Array(rows.length * columns);
    for (let row = 0; row < rows.length; row++) {
      for (let column = 0; column < columns; column++) data[row * columns + column] = value(row, column);
    }
    return { dtype: "int32", shape: [rows.length, columns], data };
  };
  const padding = rows.map((row) => row.padding);
  return {
    input_ids: table(time, (row, column) => ids[row]?.[column] ?? PAD),
    // 0 at padding, then 0, 1, 2, ...
    positions: table(time, (row, column) => Math.max(0, past + column - (padding[row] as number))),
    mask: table(past + time, (row, column) => (column < (padding[row] as number) ? 0 : 1)),
  };
}
