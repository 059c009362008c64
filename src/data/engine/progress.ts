/** Rows per second and the time that is left, told a few times a second. */
import type { ChainPlan } from "./chain.ts";
import type { ProcessOptions } from "./job.ts";

const TELL_MILLISECONDS = 200;

export interface StageSize {
  readonly stage: number;
  readonly stages: number;
  readonly plan: ChainPlan;
  /** Bytes of all its blocks. */
  readonly total: number;
}

export function createProgress({ onProgress }: ProcessOptions, { stage, stages, plan, total }: StageSize) {
  const started = performance.now();
  const operators = [...plan.steps, ...(plan.barrier === undefined ? [] : [plan.barrier])].map(({ name }) => name);
  let [rows, bytes, skipped, told] = [0, 0, 0, 0];
  return {
    /** Bytes that came without rows were done by an earlier run. */
    add: (moreRows: number, moreBytes: number): void => {
      rows += moreRows;
      bytes += moreBytes;
      if (moreRows === 0) skipped += moreBytes;
      const now = performance.now();
      if (onProgress === undefined || now - told < TELL_MILLISECONDS) return;
      told = now;
      const seconds = (now - started) / 1000;
      const share = total === 0 ? 1 : Math.min(1, bytes / total);
      const secondsLeft = bytes === skipped ? Number.NaN : (seconds * Math.max(0, total - bytes)) / (bytes - skipped);
      onProgress({ stage, stages, operators, share, rows, rowsPerSecond: rows / seconds, secondsLeft });
    },
  };
}
