import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { streamRows, type StreamRowsOptions } from "./stream.ts";
import { createTally } from "./tally.ts";

let folder = "";
const options: StreamRowsOptions = { purpose: "pt", seed: 1, strict: false };
const texts = (letter: string, count: number) =>
  Array.from({ length: count }, (_, i) => JSON.stringify({ text: `${letter}${i}` })).join("\n");

async function read(names: readonly string[], more: Partial<StreamRowsOptions> = {}): Promise<string[]> {
  const found: string[] = [];
  const specs = names.map((name) => join(folder, name));
  for await (const { conversation } of streamRows(specs, { ...options, ...more })) {
    found.push(conversation.messages[0]?.content as string);
  }
  return found;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stream-"));
  await writeFile(join(folder, "a.jsonl"), texts("a", 5));
  await writeFile(join(folder, "b.jsonl"), `${texts("b", 3)}\n{"text": 1}\n`);
  await writeFile(join(folder, "bad.jsonl"), '{"x": 1}\n');
});
afterAll(() => rm(folder, { recursive: true }));

describe("streamRows", () => {
  it("gives the rows of all datasets in order, and counts the bad ones", async () => {
    const tally = createTally();
    expect(await read(["a.jsonl", "b.jsonl"], { tally })).toEqual(["a0", "a1", "a2", "a3", "a4", "b0", "b1", "b2"]);
    expect(tally.list().map(({ count }) => count)).toEqual([1]);
  });

  it("takes the first #N, and begins again when there are fewer, counting bad rows once", async () => {
    const tally = createTally();
    expect(await read(["a.jsonl#2", "b.jsonl#7"], { tally })).toEqual([
      "a0",
      "a1",
      "b0",
      "b1",
      "b2",
      "b0",
      "b1",
      "b2",
      "b0",
    ]);
    expect(tally.list()[0]?.count).toBe(1);
  });

  it("mixes by a buffer: nothing lost, nothing from beyond the buffer, another order each epoch", async () => {
    const shuffled = await read(["a.jsonl#200"], { shuffleBufferSize: 3 });
    expect(shuffled.toSorted()).toEqual((await read(["a.jsonl#200"])).toSorted());
    const order = await read(["a.jsonl"], { shuffleBufferSize: 100 });
    expect(order).toEqual(await read(["a.jsonl"], { shuffleBufferSize: 100 }));
    const epochs = await Promise.all([1, 2, 3].map((epoch) => read(["a.jsonl"], { shuffleBufferSize: 100, epoch })));
    expect(new Set([order, ...epochs].map(String)).size).toBeGreaterThan(1);
    expect(["a0", "a1", "a2"]).toContain((await read(["a.jsonl"], { shuffleBufferSize: 2 }))[0]);
  });

  it("draws from several by turns until the first, or the last, has ended", async () => {
    const first = await read(["a.jsonl", "b.jsonl"], { interleaveProb: [0.5, 0.5] });
    const ended = ["a", "b"].filter(
      (letter) => first.filter((text) => text.startsWith(letter)).length === (letter === "a" ? 5 : 3),
    );
    expect(ended.length).toBe(1);
    const tally = createTally();
    const all = await read(["a.jsonl", "b.jsonl"], {
      interleaveProb: [0.1, 0.9],
      stoppingStrategy: "all_exhausted",
      tally,
    });
    expect(all.filter((text) => text.startsWith("a"))).toEqual(["a0", "a1", "a2", "a3", "a4"]);
    expect(all.filter((text) => text.startsWith("b")).length).toBeGreaterThan(6);
    expect(tally.list()[0]?.count).toBe(1);
  });

  it("says so when a dataset has no good row", async () => {
    const failure = await read(["a.jsonl", "bad.jsonl"]).catch((error: unknown) => error);
    expect(isTunesmithError(failure, "E_DATA_EMPTY") && failure.message).toContain("bad.jsonl:1");
  });
});
