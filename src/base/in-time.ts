/**
 * Work on what strangers wrote, such as their regular expressions, that may have no end: it is ended from outside
 * (within-time.ts), and results stay those of JavaScript, which an engine that cannot backtrack does not give for
 * expressions that look around or refer back.
 */
import { isOverTime, withinTime } from "./within-time.ts";

/** What `work` gives; when it takes longer than `limitMs`, what `late` throws. Within other such work, its limit counts. */
export function inTime<Value>(work: () => Value, limitMs: number, late: () => never): Value {
  try {
    return withinTime(Math.max(1, limitMs) / 1000, work);
  } catch (error) {
    if (isOverTime(error)) return late();
    throw error;
  }
}

/** The same, where many short works share one limit. */
export function inTimeTogether(limitMs: number): <Value>(work: () => Value, late: () => never) => Value {
  let left = limitMs;
  return (work, late) => {
    const start = performance.now();
    try {
      return inTime(work, left, late);
    } finally {
      left -= performance.now() - start;
    }
  };
}

/** Whether an expression takes a time in proportion to the text, whatever the text: nothing in it repeats. */
export const isLinear = (pattern: string): boolean => !/[+*{]/.test(pattern);
