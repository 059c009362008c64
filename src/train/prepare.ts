/**
 * Rows to training samples, and the checks before step 1: what silently spoils runs elsewhere is looked for here
 * while it costs nothing.
 */
import { fail } from "../base/errors.ts";
import { createTally, type DroppedRows } from "../data/dataset.ts";
import type { Row } from "../data/row.ts";
import { checkDrift, checkSamples, type Problem } from "../text/check.ts";
import { encodeConversation, type EncodedSample, type EncodeSampleOptions } from "../text/encode.ts";
import { isDropped } from "../text/truncate.ts";

export interface TrainSample {
  readonly ids: Int32Array;
  readonly labels: Int32Array;
  readonly weights: Float32Array | undefined;
  /** "train.jsonl:12" */
  readonly origin: string;
}

export interface Prepared {
  readonly samples: readonly TrainSample[];
  /** The row of each sample. */
  readonly rows: readonly Row[];
  readonly dropped: readonly DroppedRows[];
  /** The first encoded sample, for the preview. */
  readonly first: EncodedSample;
  /** What the checks found; empty when all is well. */
  readonly problems: readonly Problem[];
}

export interface PrepareOptions {
  readonly encode: EncodeSampleOptions;
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborted between rows. */
  readonly signal?: AbortSignal | undefined;
}

/** Rows on which training and inference are compared; rendering twice is slow, and a template drifts early or never. */
const DRIFT_ROWS = 4;

/** @throws E_DATA_EMPTY when every row was dropped, and what encoding throws, with the row's place */
export async function prepareSamples(rows: readonly Row[], options: PrepareOptions): Promise<Prepared> {
  const tally = createTally();
  const kept: { readonly row: Row; readonly sample: EncodedSample }[] = [];
  for (const [i, row] of rows.entries()) {
    options.signal?.throwIfAborted();
    const sample = encodeRow(row, options.encode);
    if (isDropped(sample))
      tally.add(`${sample.dropped} (max_length ${options.encode.maxLength})`, `${row.origin}, ${sample.length} tokens`);
    else kept.push({ row, sample });
    if (i % 200 === 199) {
      options.onProgress?.(i + 1, rows.length);
      // Lets signals and the terminal have their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const [first] = kept;
  const dropped = tally.list();
  if (first === undefined) {
    return fail("E_DATA_EMPTY", {
      what: `all ${rows.length} rows were dropped: ${dropped.map(({ reason, count, examples }) => `${count} x ${reason} (${examples[0]})`).join("; ")}.`,
      fix: "Raise --max-length, or choose --truncation-strategy right.",
    });
  }
  return {
    samples: kept.map(({ row, sample }) => toSample(sample, row.origin)),
    rows: kept.map(({ row }) => row),
    dropped,
    first: first.sample,
    problems: [...checkKept(kept, options.encode)],
  };
}

function encodeRow(row: Row, options: EncodeSampleOptions): ReturnType<typeof encodeConversation> {
  try {
    return encodeConversation(row.conversation, options);
  } catch (error) {
    if (error instanceof Error && !error.message.includes(row.origin))
      error.message = `${error.message} (row ${row.origin})`;
    throw error;
  }
}

function toSample({ ids, labels, weights }: EncodedSample, origin: string): TrainSample {
  return {
    ids: Int32Array.from(ids),
    labels: Int32Array.from(labels),
    weights: weights === undefined ? undefined : Float32Array.from(weights),
    origin,
  };
}

function* checkKept(
  kept: readonly { readonly row: Row; readonly sample: EncodedSample }[],
  options: EncodeSampleOptions,
): Generator<Problem> {
  const pairs = kept.map(({ row, sample }) => ({ conversation: row.conversation, sample }));
  const found = checkSamples(pairs, options);
  // One problem of a kind is enough to say, with its count.
  for (const code of new Set(found.map((problem) => problem.code))) {
    const same = found.filter((problem) => problem.code === code);
    const untrained = kept.find(({ sample }) => sample.labels.every((label) => label === -100));
    const where = code === "nothing-trained" && untrained !== undefined ? ` The first is ${untrained.row.origin}.` : "";
    const more = same.length > 1 ? ` (${same.length} such samples.)` : "";
    yield { code, message: `${same[0]?.message ?? ""}${where}${more}` };
  }
  for (const { row } of kept.slice(0, DRIFT_ROWS)) {
    const [drift] = checkDrift(row.conversation, options);
    if (drift === undefined) continue;
    yield { ...drift, message: `${row.origin}: ${drift.message}` };
    return;
  }
}

/** Which word of `--allow` lets a problem pass. */
const allowedBy: Readonly<Record<Problem["code"], string>> = {
  "nothing-trained": "empty_labels",
  "stop-never-trained": "untrained_stop",
  "no-stop-token": "untrained_stop",
  "template-drift": "template_mismatch",
};

/** Refuses to start on problems that were not allowed. @throws E_TRAIN_PREFLIGHT with all of them */
export function refuseProblems(problems: readonly Problem[], allow: readonly string[]): readonly Problem[] {
  const refused = problems.filter(({ code }) => !allow.includes(allowedBy[code]));
  if (refused.length > 0) {
    const words = [...new Set(refused.map(({ code }) => allowedBy[code]))].join(" ");
    fail("E_TRAIN_PREFLIGHT", {
      what: refused.map(({ message }) => message).join(" "),
      fix: `Correct the data or the template; if it is meant so, add --allow ${words}.`,
    });
  }
  return problems;
}
