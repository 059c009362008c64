/**
 * The checks before step 1: what silently spoils runs elsewhere is looked for while rows are encoded, where it costs
 * nothing.
 */
import { fail } from "../base/errors.ts";
import type { Row } from "../data/row.ts";
import { checkDrift, createSamplesCheck, type Problem } from "../text/check.ts";
import type { EncodedSample, EncodeSampleOptions } from "../text/encode.ts";

export interface Preflight {
  readonly add: (row: Row, sample: EncodedSample) => void;
  /** Of all that was added, at most one of a kind; empty when all is well. */
  readonly problems: () => readonly Problem[];
}

/** Rows on which training and inference are compared; rendering twice is slow, and a template drifts early or never. */
const DRIFT_ROWS = 4;

export function createPreflight(options: EncodeSampleOptions): Preflight {
  const samples = createSamplesCheck(options);
  let looked = 0;
  let drift: Problem | undefined;
  return {
    add: (row, sample) => {
      samples.add(row.conversation, sample, row.origin);
      if (looked++ >= DRIFT_ROWS || drift !== undefined) return;
      const [found] = checkDrift(row.conversation, options);
      if (found !== undefined) drift = { ...found, message: `${row.origin}: ${found.message}` };
    },
    problems: () => [...samples.problems(), ...(drift === undefined ? [] : [drift])],
  };
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
