/**
 * Rows to training samples, and the checks before step 1: what silently spoils runs elsewhere is looked for here
 * while it costs nothing.
 */
import { fail, type TunesmithError } from "../base/errors.ts";
import { createTally, type DroppedRows } from "../data/dataset.ts";
import type { Row } from "../data/row.ts";
import { checkRowIds } from "../models/token-ids.ts";
import type { Problem } from "../text/check.ts";
import type { EncodedSample } from "../text/encode.ts";
import { atRow, encodeRow, type EncodedRow, type EncodeRowOptions } from "./encode-row.ts";
import { createPreflight } from "./preflight.ts";

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
  /** Keys of messages that the chat template does not read. */
  readonly unread: readonly DroppedRows[];
  /** To be said once. */
  readonly notes: readonly string[];
  /** The first encoded sample, for the preview. */
  readonly first: EncodedSample;
  /** What the checks found; empty when all is well. */
  readonly problems: readonly Problem[];
}

export interface PrepareOptions extends EncodeRowOptions {
  /** The first row that cannot be encoded throws. Otherwise such rows are dropped and counted. */
  readonly strict?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/** @throws E_DATA_EMPTY when every row was dropped, E_MODEL_TOKEN for ids outside of the embedding, and what encoding throws, with the row's place */
export async function prepareSamples(rows: readonly Row[], options: PrepareOptions): Promise<Prepared> {
  const [tally, unread] = [createTally(), createTally()];
  const kept: { readonly row: Row; readonly sample: EncodedSample }[] = [];
  const preflight = createPreflight(options.encode);
  // Rows that stand there several times are encoded once.
  const known = new Map<Row, EncodedRow>();
  let [failed, refused]: [number, TunesmithError | undefined] = [0, undefined];
  for (const [i, row] of rows.entries()) {
    options.signal?.throwIfAborted();
    const before = known.get(row);
    const encoded = before ?? encodeRow(row, options);
    if (before === undefined) known.set(row, encoded);
    if (encoded.error !== undefined) {
      if (options.strict === true) throw atRow(encoded.error, row.origin);
      refused ??= encoded.error;
      failed++;
    }
    if (before === undefined) for (const { what, at } of encoded.unread) unread.add(what, at);
    if (encoded.sample === undefined) tally.add(encoded.reason, encoded.example);
    else {
      kept.push({ row, sample: encoded.sample });
      preflight.add(row, encoded.sample);
    }
    if (i % 200 === 199) {
      options.onProgress?.(i + 1, rows.length);
      // Lets signals and the terminal have their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const [first] = kept;
  const dropped = tally.list();
  if (first === undefined) {
    if (refused !== undefined && failed === rows.length) throw atRow(refused, rows[0]?.origin ?? "");
    return fail("E_DATA_EMPTY", {
      what: `all ${rows.length} rows were dropped: ${dropped.map(({ reason, count, examples }) => `${count} x ${reason} (${examples[0]})`).join("; ")}.`,
      fix:
        failed > 0
          ? "Correct the rows; what is only too long needs a larger --max-length."
          : "Raise --max-length, or choose --truncation-strategy right.",
    });
  }
  checkRowIds(
    kept.map(({ row, sample }) => ({ ids: sample.ids, origin: row.origin })),
    options,
    options.encode.tokenizer,
  );
  return {
    samples: toSamples(kept),
    rows: kept.map(({ row }) => row),
    dropped,
    notes: noteCuts(kept),
    unread: unread.list(),
    first: first.sample,
    problems: preflight.problems(),
  };
}

/** Repeated rows share one sample. */
function toSamples(kept: readonly { readonly row: Row; readonly sample: EncodedSample }[]): readonly TrainSample[] {
  const made = new Map<EncodedSample, TrainSample>();
  return kept.map(({ row, sample }) => {
    const known = made.get(sample) ?? toSample(sample, row.origin);
    made.set(sample, known);
    return known;
  });
}

function toSample({ ids, labels, weights }: EncodedSample, origin: string): TrainSample {
  return {
    ids: Int32Array.from(ids),
    labels: Int32Array.from(labels),
    weights: weights === undefined ? undefined : Float32Array.from(weights),
    origin,
  };
}

/** Rows whose ids are not those of their whole rendering. */
function noteCuts(kept: readonly { readonly row: Row; readonly sample: EncodedSample }[]): readonly string[] {
  const cut = kept.filter(({ sample }) => sample.cuts !== undefined);
  const [first] = cut;
  if (first === undefined) return [];
  return [
    `In ${cut.length} of ${kept.length} rows (${first.row.origin}) the first token of a reply would hold the end of its prompt, too (blanks or line ends); there the text is tokenised as prompt and reply, as it is when the model is asked.`,
  ];
}
