import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { isTunesmithError } from "../../base/errors.ts";
import type { Block } from "./block.ts";
import type { BadRow, BlockResult } from "./block-result.ts";
import { flow, type Flow } from "./flow.ts";

async function* blocksOf(count: number): AsyncGenerator<Block> {
  for (let index = 0; index < count; index++) {
    yield { index, file: "a.jsonl", fileNumber: 0, bytes: new Uint8Array(), firstLine: 1, faults: [], consumed: 1 };
  }
}

const resultOf = (index: number, bad: readonly BadRow[] = []): BlockResult => ({
  index,
  rowsIn: 1,
  rowsOut: 1,
  bytes: new Uint8Array(),
  lengths: new Uint32Array(),
  stats: new Uint8Array(),
  measured: false,
  bad,
  counts: [],
  traces: [],
});

/** Blocks that come later are done sooner. */
function hastyPool(bad: readonly BadRow[] = []): Flow["pool"] {
  return {
    width: 3,
    process: async ({ index }) => {
      await sleep(20 - index);
      return resultOf(index, index === 1 ? bad : []);
    },
    close: () => Promise.resolve(),
  };
}

const options = { workers: 3, maxMemory: 2 ** 30, rowTimeout: 30, concurrency: 1 };
const common = { request: {}, done: 0, strict: false, options };

test("results come in the order of the blocks; those that are done already are passed by", async () => {
  const taken: (number | undefined)[] = [];
  const take: Flow["take"] = (result) => void taken.push(result?.index);
  await flow(blocksOf(8), { ...common, done: 2, pool: hastyPool(), take });
  expect(taken).toEqual([undefined, undefined, 2, 3, 4, 5, 6, 7]);
});

test("the first bad row ends it when it is strict, and so does the signal", async () => {
  const bad = [{ file: "a.jsonl", line: 7, reason: "not JSON" }];
  const strict = flow(blocksOf(9), { ...common, strict: true, pool: hastyPool(bad), take: () => undefined });
  await expect(strict).rejects.toSatisfy((error) => isTunesmithError(error, "E_DATA_ROW"));

  const stop = new AbortController();
  const stopping = { ...common, options: { ...options, signal: stop.signal } };
  const aborted = flow(blocksOf(9), { ...stopping, pool: hastyPool(), take: () => stop.abort() });
  await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
});
