import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomAt } from "../../base/random.ts";
import { dsirSampler } from "./dsir.ts";
import { bucketsOf } from "./ngram-weights.ts";
import { sampleSet, selectWith } from "./testing/sample-set.ts";

/** Texts of 12 words; each domain has its own order of how frequent the same 40 words are. */
function texts(domain: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => {
    const { uniform } = randomAt(domain, i);
    const word = (): string => {
      const rank = Math.floor(40 * uniform() ** 2);
      return `w${domain === 0 ? rank : 39 - rank}`;
    };
    return Array.from({ length: 12 }, word).join(" ");
  });
}

let target = "";
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dsir-"));
  target = join(folder, "target.jsonl");
  await writeFile(
    target,
    texts(0, 1300)
      .slice(1000)
      .map((text) => JSON.stringify({ text }))
      .join("\n"),
  );
});
afterAll(() => rm(folder, { recursive: true }));

const pool = sampleSet(
  texts(0, 200).map((text) => ({ text })),
  texts(1, 800).map((text) => ({ text })),
);
const inTarget = (chosen: readonly number[]): number => chosen.filter((sample) => sample < 200).length / chosen.length;

describe("dsir", () => {
  it("lifts the target's share of 20% to over 80% at a budget of 20%", async () => {
    const { chosen } = await selectWith(dsirSampler, pool, { target, ratio: 0.2, n: 1 });
    expect(chosen.length).toBe(200);
    expect(inTarget(chosen)).toBeGreaterThan(0.8);
    const greedy = await selectWith(dsirSampler, pool, { target, ratio: 0.2, n: 1, noise: false });
    expect(inTarget(greedy.chosen)).toBeGreaterThan(0.8);
  });

  it("draws with pairs of words too, and by the seed", async () => {
    const of = async (seed: number) => (await selectWith(dsirSampler, pool, { target, count: 100 }, seed)).chosen;
    expect(inTarget(await of(1))).toBeGreaterThan(0.5);
    expect(await of(1)).toEqual(await of(1));
    expect(await of(1)).not.toEqual(await of(2));
  });

  it("counts words and pairs, without regard to case", () => {
    const options = { buckets: 1 << 20, n: 2 };
    expect([...bucketsOf("The fox, the", options)]).toHaveLength(4 + 3);
    expect(bucketsOf("The FOX", options)).toEqual(bucketsOf("the fox", options));
    expect(bucketsOf("a b", options)).not.toEqual(bucketsOf("b a", options));
  });

  it("reads conversations of the target, and refuses an empty one", async () => {
    const empty = join(folder, "empty.jsonl");
    await writeFile(empty, "\n");
    await expect(selectWith(dsirSampler, pool, { target: empty, count: 1 })).rejects.toThrow("has no rows");
    const chat = join(folder, "chat.jsonl");
    await writeFile(chat, `${JSON.stringify({ query: "w0 w1", response: "w2" })}\n`);
    expect((await selectWith(dsirSampler, pool, { target: chat, count: 3 })).chosen).toHaveLength(3);
    const named = join(folder, "named.jsonl");
    await writeFile(named, `${JSON.stringify({ body: "w0 w1" })}\n`);
    const given = { target: named, target_text_key: "body", count: 3 };
    expect((await selectWith(dsirSampler, pool, given)).chosen).toHaveLength(3);
    await expect(selectWith(dsirSampler, pool, { target: named, count: 3 })).rejects.toThrow(/named\.jsonl:1/);
  });
});
