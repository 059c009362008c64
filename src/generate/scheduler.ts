/**
 * Continuous batching (Yu et al. 2022, Orca): sequences come and go at any step. Between two steps of all that are
 * being generated, one piece of one waiting prompt is read, so that a long prompt holds nobody up for longer than that.
 * A prompt that begins as a sequence in a slot does takes that beginning from there. Which slot a sequence has, and who
 * is beside it, changes nothing of its tokens but rounding.
 */
import type { Sequence } from "./sequence.ts";
import type { Slots, StepScores } from "./slots.ts";

export interface SchedulerOptions {
  /** Sequences that step together. */
  readonly maxBatch: number;
  /** Most tokens of a prompt that are read at once. */
  readonly chunk: number;
}

/** What it has spent so far, in seconds. */
export interface SchedulerSeconds {
  readonly prefill: number;
  readonly decode: number;
}

export interface Scheduler {
  /** Runs until the sequence has ended. The signal ends it with what it has. */
  readonly run: (sequence: Sequence, signal?: AbortSignal) => Promise<void>;
  readonly seconds: () => SchedulerSeconds;
  readonly release: () => Promise<void>;
}

interface Job {
  readonly sequence: Sequence;
  readonly signal: AbortSignal | undefined;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
  /** Tokens whose keys and values are in the slot. */
  readonly tokens: number[];
  /** What went wrong with this sequence alone. */
  problem?: unknown;
}

/** Shorter beginnings are read faster than they are copied. */
const LEAST_SHARED = 8;

export function createScheduler(slots: Slots, { maxBatch, chunk }: SchedulerOptions): Scheduler {
  const waiting: Job[] = [];
  /** By slot. The last one may still be reading its prompt; the others step together. */
  const active: Job[] = [];
  let running: Promise<void> | undefined;
  let [prefill, decode] = [0, 0];

  const isReading = ({ tokens, sequence }: Job): boolean => tokens.length < sequence.prompt.length;

  const move = (from: number, to: number): void => {
    const job = active[from] as Job;
    slots.copy(from, to, job.tokens.length);
    active[to] = job;
  };
  /** The last slots in use take the place of a free one, so that there is no gap. */
  const free = (slot: number): void => {
    const last = active.length - 1;
    const lastReady = isReading(active[last] as Job) ? last - 1 : last;
    if (slot < lastReady) move(lastReady, slot);
    if (slot < last && lastReady < last) move(last, lastReady);
    active.pop();
  };
  const leave = (): void => {
    for (let slot = active.length - 1; slot >= 0; slot--) {
      const job = active[slot] as Job;
      if (job.signal?.aborted === true && job.sequence.isOpen()) job.sequence.abort();
      if (job.problem === undefined && job.sequence.isOpen()) continue;
      free(slot);
      if (job.problem === undefined) job.done();
      else job.failed(job.problem);
    }
  };

  const enter = (): void => {
    while (waiting.length > 0) {
      const next = waiting[0] as Job;
      if (next.signal?.aborted === true && next.sequence.isOpen()) next.sequence.abort();
      if (next.sequence.isOpen()) {
        if (active.length >= maxBatch || active.some(isReading)) return;
        const { slot, length } = longestShared(active, next.sequence.prompt);
        if (length >= LEAST_SHARED) {
          slots.copy(slot, active.length, length);
          next.tokens.push(...next.sequence.prompt.slice(0, length));
        }
        active.push(next);
      } else next.done();
      waiting.shift();
    }
  };

  const read = async (): Promise<void> => {
    const slot = active.length - 1;
    const job = active[slot];
    if (job === undefined || !isReading(job)) return;
    const began = performance.now();
    const past = job.tokens.length;
    const ids = job.sequence.prompt.slice(past, past + chunk);
    const whole = past + ids.length === job.sequence.prompt.length;
    await stepAndTake(slots, slot, [{ job, ids, past, takes: whole }]);
    job.tokens.push(...ids);
    prefill += (performance.now() - began) / 1000;
  };

  const step = async (): Promise<void> => {
    const ready = active.filter((job) => !isReading(job) && job.sequence.isOpen());
    if (ready.length === 0) return;
    const began = performance.now();
    const rows = ready.map((job) => ({ job, ids: [job.sequence.lastId()], past: job.tokens.length, takes: true }));
    await stepAndTake(slots, 0, rows);
    for (const { job, ids } of rows) job.tokens.push(...ids);
    decode += (performance.now() - began) / 1000;
  };

  const loop = async (): Promise<void> => {
    try {
      while (active.length > 0 || waiting.length > 0) {
        enter();
        await read();
        leave();
        await step();
        leave();
        await turn();
      }
    } catch (error) {
      for (const job of [...active.splice(0), ...waiting.splice(0)]) job.failed(error);
    } finally {
      running = undefined;
    }
  };

  return {
    run: (sequence, signal) =>
      new Promise((done, failed) => {
        waiting.push({ sequence, signal, done, failed, tokens: [] });
        running ??= turn().then(loop);
      }),
    seconds: () => ({ prefill, decode }),
    release: async () => {
      await running;
      await slots.release();
    },
  };
}

interface Row {
  readonly job: Job;
  readonly ids: readonly number[];
  readonly past: number;
  /** Whether the sequence takes a token after it; not within a prompt. */
  readonly takes: boolean;
}

/** A step is made again with all logits where the likeliest tokens turn out not to be enough: the cache stays the same. */
async function stepAndTake(slots: Slots, first: number, rows: readonly Row[]): Promise<void> {
  const taking = rows.filter(({ takes }) => takes);
  const scores = await slots.step(
    first,
    rows,
    taking.some(({ job }) => job.sequence.reach === Infinity),
  );
  const enough = scores.logits !== undefined || taking.every(({ job }) => suffices(scores, rows, job));
  const all = enough ? scores : await slots.step(first, rows, true);
  for (const [row, { job, takes }] of rows.entries()) {
    if (!takes) continue;
    try {
      take(all, row, job.sequence);
    } catch (error) {
      job.problem = error;
    }
  }
}

/** Whether the tokens named hold all that a sequence chooses among: none of their equals is left out. */
function suffices({ count, values }: StepScores, rows: readonly Row[], { sequence }: Job): boolean {
  const start = rows.findIndex(({ job }) => job.sequence === sequence) * count;
  const { reach } = sequence;
  if (reach === 1) return true;
  return reach < count && (values[start + reach - 1] as number) > (values[start + count - 1] as number);
}

function take({ count, values, ids, logits }: StepScores, row: number, sequence: Sequence): void {
  if (logits !== undefined && sequence.reach !== 1) {
    const vocab = logits.length / (values.length / count);
    return sequence.advance(logits.subarray(row * vocab, (row + 1) * vocab));
  }
  const start = row * count;
  const bound = values[start + sequence.reach - 1] as number;
  const chosen: (readonly [id: number, logit: number])[] = [];
  for (let i = start; i < start + count && (chosen.length < sequence.reach || values[i] === bound); i++) {
    chosen.push([Number(ids[i]), values[i] as number]);
    if (sequence.reach === 1) break;
  }
  chosen.sort(([a], [b]) => a - b);
  sequence.advanceAmong(
    chosen.map(([id]) => id),
    Float32Array.from(chosen, ([, logit]) => logit),
  );
}

/** The slot whose tokens begin as the prompt does for longest; the prompt's last token is always read. */
function longestShared(active: readonly Job[], prompt: readonly number[]): { slot: number; length: number } {
  let best = { slot: 0, length: 0 };
  for (const [slot, { tokens }] of active.entries()) {
    const most = Math.min(tokens.length, prompt.length - 1);
    let length = 0;
    while (length < most && tokens[length] === prompt[length]) length++;
    if (length > best.length) best = { slot, length };
  }
  return best;
}

/** Lets others of this thread have their turn: callers with new prompts, signals. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const done = (): void => {
      port1.close();
      resolve();
    };
    port1.addEventListener("message", done, { once: true });
    port1.start();
    port2.postMessage(undefined);
  });
}
