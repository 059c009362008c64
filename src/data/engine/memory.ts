/** How a ceiling of memory is shared out: how many workers it allows, and how much each part may hold. */

const MEGABYTE = 2 ** 20;

/** Of the main thread: Node itself, blocks that are read and written, one row group of Parquet. */
const MAIN_BYTES = 192 * MEGABYTE;
/** What a worker needs beside its heap: its own copy of Node's and our code, young objects, blocks. */
const WORKER_BYTES = 64 * MEGABYTE;
/** The least heap with which a worker does its work. */
const LEAST_HEAP_BYTES = 64 * MEGABYTE;
/** What is wanted for each worker when nobody says how much there is. */
const WANTED_WORKER_BYTES = 320 * MEGABYTE;

/** No ceiling can be lower: one worker and the main thread. */
export const LEAST_MEMORY = MAIN_BYTES + WORKER_BYTES + LEAST_HEAP_BYTES;

/** The ceiling when none is given, for a number of workers. */
export const memoryFor = (workers: number): number => MAIN_BYTES + Math.max(1, workers) * WANTED_WORKER_BYTES;

export interface MemoryShares {
  /** As many as were asked for, or as many as there is memory for. */
  readonly workers: number;
  /** Heap of each worker, in MiB. */
  readonly heapMegabytes: number;
  /** No row may be longer, in bytes. */
  readonly maxRowBytes: number;
  /** Bytes of blocks that may be under way at one time, though one block always is. */
  readonly flowBytes: number;
  /** Bytes of JSON that become one row group of Parquet. */
  readonly groupBytes: number;
  /** Bytes that a row group of Parquet may take while it is read. */
  readonly maxGroupBytes: number;
  /** Bytes of the rows that a grouper may make one row of. */
  readonly batchBytes: number;
}

export function shareMemory(maxMemory: number, wanted: number): MemoryShares {
  const most = Math.max(1, Math.floor((maxMemory - MAIN_BYTES) / (WORKER_BYTES + LEAST_HEAP_BYTES)));
  const workers = Math.min(wanted, most);
  const heap = (maxMemory - MAIN_BYTES) / Math.max(1, workers) - WORKER_BYTES;
  return {
    workers,
    heapMegabytes: Math.floor(Math.max(LEAST_HEAP_BYTES, heap) / MEGABYTE),
    maxRowBytes: Math.min(64 * MEGABYTE, Math.floor(maxMemory / 64)),
    flowBytes: Math.floor(maxMemory / 16),
    groupBytes: Math.min(64 * MEGABYTE, Math.floor(maxMemory / 64)),
    maxGroupBytes: Math.floor(maxMemory / 8),
    batchBytes: Math.floor(maxMemory / 16),
  };
}
