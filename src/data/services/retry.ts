/** When to ask again: exponential backoff with jitter, and what a server says in Retry-After (RFC 9110, 10.2.3). */
import { setTimeout as sleep } from "node:timers/promises";
import { randomAt } from "../../base/random.ts";

export interface RetryPolicy {
  /** How often a question is sent at most. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; each further wait is twice as long. */
  readonly firstDelay: number;
  readonly longestDelay: number;
  /** A server that wants to be left alone for longer ends the run. */
  readonly longestWish: number;
}

export const defaultRetry: RetryPolicy = {
  attempts: 6,
  firstDelay: 500,
  longestDelay: 30_000,
  longestWish: 300_000,
};

/**
 * Milliseconds before attempt `attempt` + 1, counted from 1: between half of the backoff and all of it, drawn at an
 * address, so that questions that failed together do not come back together.
 */
export function backoff(policy: RetryPolicy, attempt: number, seed: number, question: string): number {
  const whole = Math.min(policy.longestDelay, policy.firstDelay * 2 ** (attempt - 1));
  return whole * (0.5 + randomAt(seed, "retry", question, attempt).uniform() / 2);
}

/** Milliseconds that a Retry-After header asks for: seconds, or a date. Undefined when there is none to be read. */
export function retryAfterMilliseconds(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** @throws the signal's reason */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
