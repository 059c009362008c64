import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { isTunesmithError } from "../../base/errors.ts";
import type { Block } from "./block.ts";
import type { BadRow, BlockResult } from "./chain.ts";
import { flow, type Flow } from "./flow.ts";

async function* blocksOf(count: number): AsyncGenerator<Block> {
  for (let index = 0; index < count; index++) {
    yield { index, file: "a.jsonl", bytes: new Uint8Array(), firstLine: 1, faults: [], consumed: 1 };
  }
}

const resultOf = (index: number, bad: readonly BadRow[] = []): BlockResult => ({
  index,
  rowsIn: 1,
  rowsOut: 1,
  bytes: new Uint8Array(),
  lengths: new Uint32Array(),
  stats: new Uint8Array(),
  bad,
  counts: [],
  traces: [],
});

/** Blocks that come later are done sooner. */
function hastyPool(underWay: { count: number }, bad: readonly BadRow[] = []): Flow["pool"] {
  return {
    width: 3,
    process: async ({ index }) => {
      underWay.count++;
      await sleep(20 - index);
      underWay.count--;
      return resultOf(index, index === 1 ? bad : []);
    },
    close: () => Promise.resolve(),
  };
}

const common = { skip: 0, strict: false, signal: undefined };

test("results come in the order of the blocks; those that are done already are passed by", async () => {
  const taken: (number | undefined)[] = [];
  const take: Flow["take"] = (result) => void taken.push(result?.index);
  await flow(blocksOf(8), { ...common, skip: 2, pool: hastyPool({ count: 0 }), take });
  expect(taken).toEqual([undefined, undefined, 2, 3, 4, 5, 6, 7]);
});

test("when it ends early, no block is left under way", async () => {
  const underWay = { count: 0 };
  const bad = [{ file: "a.jsonl", line: 7, reason: "not JSON" }];
  const strict = flow(blocksOf(9), { ...common, strict: true, pool: hastyPool(underWay, bad), take: () => undefined });
  await expect(strict).rejects.toSatisfy((error) => isTunesmithError(error, "E_DATA_ROW"));
  expect(underWay.count).toBe(0);

  const stop = new AbortController();
  const take = (): void => stop.abort();
  const aborted = flow(blocksOf(9), { ...common, signal: stop.signal, pool: hastyPool(underWay), take });
  await expect(aborted).rejects.toMatchObject({ name: "AbortError" });
  expect(underWay.count).toBe(0);
});
