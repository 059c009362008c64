/**
 * Samples to the arrays of a forward pass. Rows are padded on the right. A row may hold several samples (a pack):
 * each is a segment with its own positions. Only trained tokens are listed as targets; a target is the token that
 * follows, so the last token of a segment never is one, and no target crosses a segment.
 */
import { internal } from "../base/errors.ts";
import { IGNORE } from "../text/message.ts";

/** What is needed of an encoded sample; labels aligned with ids, -100 where not trained. */
export interface CollateSample {
  readonly ids: ArrayLike<number>;
  readonly labels: ArrayLike<number>;
  readonly weights?: ArrayLike<number> | undefined;
}

export interface Batch {
  readonly batch: number;
  readonly time: number;
  /** [batch, time] */
  readonly inputIds: Int32Array;
  /** [batch, time]; restarts at 0 with each segment. */
  readonly positions: Int32Array;
  /** [batch, time]; 0 is padding, segments count from 1. */
  readonly segments: Int32Array;
  /** [targets]: places in the flattened [batch, time] whose next token is trained. */
  readonly rows: Int32Array;
  /** [targets]: that next token. */
  readonly labels: Int32Array;
  /** [targets] */
  readonly weights: Float32Array;
  /** Tokens that are not padding. */
  readonly tokens: number;
}

export interface CollateOptions {
  readonly padId: number;
  /** Row length is rounded up to a multiple, so that programs see fewer different shapes. */
  readonly padToMultiple?: number;
}

export function collate(rows: readonly (readonly CollateSample[])[], options: CollateOptions): Batch {
  const lengthOf = (row: readonly CollateSample[]): number => row.reduce((sum, { ids }) => sum + ids.length, 0);
  const longest = Math.max(...rows.map(lengthOf));
  const multiple = options.padToMultiple ?? 1;
  const time = Math.ceil(longest / multiple) * multiple;
  const batch = rows.length;
  if (batch === 0 || time === 0) internal("collate needs samples with tokens");
  const inputIds = new Int32Array(batch * time).fill(options.padId);
  const positions = new Int32Array(batch * time);
  const segments = new Int32Array(batch * time);
  // Filled from the front; every token has at most one target.
  const rowOf = new Int32Array(batch * time);
  const labelOf = new Int32Array(batch * time);
  const weightOf = new Float32Array(batch * time);
  let targets = 0;
  let tokens = 0;
  for (const [b, row] of rows.entries()) {
    let at = b * time;
    for (const [segment, { ids, labels, weights }] of row.entries()) {
      if (labels.length !== ids.length) internal(`a sample has ${ids.length} ids and ${labels.length} labels`);
      for (let i = 0; i < ids.length; i++, at++) {
        inputIds[at] = ids[i] as number;
        positions[at] = i;
        segments[at] = segment + 1;
        const label = labels[i + 1];
        if (label === undefined || label === IGNORE) continue;
        rowOf[targets] = at;
        labelOf[targets] = label;
        weightOf[targets] = weights?.[i + 1] ?? 1;
        targets++;
      }
      tokens += ids.length;
    }
  }
  return {
    batch,
    time,
    inputIds,
    positions,
    segments,
    rows: rowOf.slice(0, targets),
    labels: labelOf.slice(0, targets),
    weights: weightOf.slice(0, targets),
    tokens,
  };
}
