/**
 * Delivers numbers in the order they came, a batch at a time, in the background of a run: what fails is tried again with
 * what comes next, and the run never waits for it but a while at its end.
 */
import { setTimeout as sleep } from "node:timers/promises";

export interface Entry {
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
  /** Milliseconds since 1970. */
  readonly time: number;
}

export interface DeliveryOptions {
  readonly send: (batch: readonly Entry[]) => Promise<void>;
  /** Told once when it begins to fail, and at the end when something could not be delivered. */
  readonly onNote: (text: string) => void;
  readonly name: string;
  /** Entries of a batch. */
  readonly most?: number;
  /** How long the end waits, in milliseconds. */
  readonly patience?: number;
  /** Rest after a failure, in milliseconds. */
  readonly rest?: number;
}

/** Numbers of a run of a million logged steps are as much as anyone keeps; metrics.jsonl has all. */
const MOST_WAITING = 1_000_000;

export function createDelivery(options: DeliveryOptions) {
  const { send, onNote, name, most = 100, patience = 5000, rest = 500 } = options;
  let waiting: Entry[] = [];
  let working: Promise<void> | undefined;
  let failing = false;
  const closing = new AbortController();
  let lost = 0;
  const work = async (): Promise<void> => {
    while (waiting.length > 0 && !closing.signal.aborted) {
      const batch = waiting.slice(0, most);
      try {
        await send(batch);
        waiting = waiting.slice(batch.length);
      } catch (error) {
        if (!failing)
          onNote(
            `${name} does not take the numbers (${(error as Error).message}); the run goes on, they are sent again.`,
          );
        failing = true;
        await sleep(rest, undefined, { ref: false });
      }
    }
    working = undefined;
  };
  const start = (): void => {
    working ??= work();
  };
  return {
    add: (entry: Entry): void => {
      if (waiting.length >= MOST_WAITING) lost++;
      else waiting.push(entry);
      start();
    },
    /** Waits until all is delivered or patience is over. */
    close: async (): Promise<void> => {
      if (waiting.length > 0) start();
      await Promise.race([working, sleep(patience, undefined, { ref: false })]);
      closing.abort();
      lost += waiting.length;
      if (lost > 0) onNote(`${name} did not get ${lost} of the logged entries; metrics.jsonl has all.`);
    },
  };
}
