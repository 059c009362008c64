/**
 * How many threads an operator should have here and now: on a machine with other work, more threads than free cores
 * wait for each other, and two may be slower than one. Measured by one matrix product, with few and with many threads.
 */
import { setTimeout } from "node:timers/promises";
import * as t from "../tensor/functions.ts";
import { defineProgram } from "../tensor/program.ts";
import type { Feeds, Runtime } from "./types.ts";

export interface ThreadSpeed {
  readonly threads: number;
  /** Billions of floating-point operations a second. */
  readonly gflops: number;
}

export interface ThreadChoice {
  readonly threads: number;
  readonly speeds: readonly ThreadSpeed[];
}

const [ROWS, INNER, COLUMNS] = [512, 576, 1536] as const;
const OPERATIONS = 2 * ROWS * INNER * COLUMNS;
const ROUNDS = 2;
/** Longer than the slices in which a busy system gives a core away. */
const ROUND_MILLISECONDS = 50;
/** Threads of the engine turn for so long when they have nothing to do; the next round should not meet them. */
const REST_MILLISECONDS = 30;
/** More threads are taken when they are nearly as fast: other work ends, and the run may last for days. */
const NEARLY = 0.9;

/** 1, 2, 4, and so on, and all. */
export function candidates(cores: number): readonly number[] {
  const powers = Array.from({ length: Math.floor(Math.log2(cores)) + 1 }, (_, i) => 2 ** i);
  return [...new Set([...powers, cores])];
}

export function chooseThreads(speeds: readonly ThreadSpeed[]): number {
  const best = Math.max(...speeds.map(({ gflops }) => gflops));
  const enough = speeds.filter(({ gflops }) => gflops >= NEARLY * best).map(({ threads }) => threads);
  return Math.max(...enough);
}

/** What there is to say about a number that somebody gave. */
export const noteOnThreads = (threads: number | undefined, cores: number): readonly string[] =>
  threads === undefined || threads <= cores
    ? []
    : [`--threads ${threads} is more than the ${cores} cores of this machine: threads will wait for each other.`];

/** Takes about a fifth of a second for two cores, half a second for sixteen. */
export async function measureThreads(cores: number, runtimeOf: (threads: number) => Runtime): Promise<ThreadChoice> {
  const program = defineProgram({
    product: t.matmul(t.input("a", "float32", [ROWS, INNER]), t.input("b", "float32", [INNER, COLUMNS])),
  });
  const matrix = (rows: number, columns: number) =>
    ({ dtype: "float32", shape: [rows, columns], data: new Float32Array(rows * columns).fill(1) }) as const;
  const feeds: Feeds = { a: matrix(ROWS, INNER), b: matrix(INNER, COLUMNS) };
  const sessions = await Promise.all(
    candidates(cores).map(async (threads) => ({ threads, session: await runtimeOf(threads).compile(program) })),
  );
  const totals = sessions.map(({ threads, session }) => ({ threads, session, runs: 0, milliseconds: 0 }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const total of totals) {
      await total.session.run(feeds);
      const began = performance.now();
      let spent = 0;
      for (; spent < ROUND_MILLISECONDS; spent = performance.now() - began) {
        await total.session.run(feeds);
        total.runs++;
      }
      total.milliseconds += spent;
    }
    await setTimeout(REST_MILLISECONDS);
  }
  await Promise.all(sessions.map(({ session }) => session.release()));
  const speeds = totals.map(({ threads, runs, milliseconds }) => ({
    threads,
    gflops: Math.round((OPERATIONS * runs) / milliseconds / 1e6),
  }));
  return { threads: chooseThreads(speeds), speeds };
}
