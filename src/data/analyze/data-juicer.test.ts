/** Numbers are those of Data-Juicer's OverallAnalysis and CorrelationAnalysis: test/oracles/data-juicer-analysis.py. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Item } from "../engine/item.ts";
import type { StatValue } from "../operators/operator.ts";
import { operators } from "../operators/index.ts";
import { createGathering, type Gathering } from "./gather.ts";
import { lookAtBlock, type LookPlan } from "./look-at-block.ts";
import { createSample } from "../operators/sample.ts";

type Table = Readonly<Record<string, Readonly<Record<string, number | string | null>>>>;

interface GoldenAnalysis {
  readonly overall: Table;
  readonly correlation: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../../test/golden/${name}.json`, import.meta.url), "utf8"));

const golden = read("data-juicer-analysis") as {
  readonly percentiles: readonly number[];
  readonly texts: GoldenAnalysis & { readonly filters: readonly string[] };
  readonly made_up: GoldenAnalysis & { readonly stats: readonly Readonly<Record<string, StatValue>>[] };
};
const { texts } = read("data-juicer/texts") as { readonly texts: readonly string[] };

async function gather(rows: readonly Readonly<Record<string, StatValue>>[], budget: number): Promise<Gathering> {
  const stats = Object.keys(rows[0] ?? {});
  const plan: LookPlan = { textKey: "text", stats, seed: 1, examples: 2, drawn: 2, phraseShare: 0 };
  const gathering = createGathering(plan, budget);
  // Blocks of different sizes, as files give them.
  for (let start = 0, size = 1; start < rows.length; start += size++) {
    const items = rows.slice(start, start + size).map((stat, i): Item => {
      const origin = `a.jsonl:${start + i + 1}`;
      const known = { file: "a.jsonl", line: start + i + 1, origin, parents: [], operators: [], suffixed: false };
      const row = { text: texts[start + i] ?? "" };
      return { ...known, row, parsed: row, text: JSON.stringify(row), given: undefined, stats: { ...stat } };
    });
    const bytes = new Uint8Array();
    const block = { index: 0, file: "a.jsonl", fileNumber: 0, bytes, firstLine: 1, faults: [], consumed: 0 };
    await gathering.add(await lookAtBlock(items, plan, []), block);
  }
  return gathering;
}

const shares = [...golden.percentiles, 0.25, 0.5, 0.75].sort();
const nameOfShare = (share: number): string => `${Number((100 * share).toPrecision(6))}%`;

function check(gathering: Gathering, wanted: GoldenAnalysis): void {
  for (const [name, column] of Object.entries(wanted.overall)) {
    const numbers = gathering.numbers(name, shares);
    if (typeof column["top"] === "string") {
      const words = gathering.words(name);
      expect(words).toMatchObject({ count: column["count"], unique: column["unique"] });
      expect(words?.top[0]).toEqual({ name: column["top"], count: column["freq"] });
      continue;
    }
    const { count, mean, std, min, max, percentiles = [] } = numbers ?? {};
    const own = { count, mean, std, min, max, ...Object.fromEntries(percentiles.map(([q, v]) => [nameOfShare(q), v])) };
    for (const [key, value] of Object.entries(own)) {
      const expected = column[key] as number;
      expect(Math.abs((value as number) - expected), `${name} ${key}: ${value}, not ${expected}`).toBeLessThanOrEqual(
        1e-12 * Math.max(1, Math.abs(expected)),
      );
    }
  }
  // Data-Juicer takes a list that is empty for a 0; here such a row has no value.
  const names = Object.keys(wanted.correlation).filter((name) => name !== "sizes");
  for (const [a, row] of gathering.correlation(names).entries()) {
    for (const [b, value] of row.entries()) {
      const expected = wanted.correlation[names[a] as string]?.[names[b] as string] as number;
      expect(value, `${names[a]} and ${names[b]}`).toBeCloseTo(expected, 12);
    }
  }
}

test("texts through filters", async () => {
  const filters = await Promise.all(
    golden.texts.filters.map(async (name) => {
      const operator = operators.get(name);
      if (operator?.kind !== "filter") throw new Error(`${name} is no filter`);
      return operator.create(operator.schema.parse({}), { seed: 1, resolve: (path) => path, allowCode: false });
    }),
  );
  const rows = await Promise.all(
    texts.map(async (text) => {
      const sample = createSample({ text }, "a.jsonl:1");
      return Object.assign({}, ...(await Promise.all(filters.map((filter) => filter.measure(sample))))) as Readonly<
        Record<string, StatValue>
      >;
    }),
  );
  check(await gather(rows, 2 ** 20), golden.texts);
});

test.each([2 ** 20, 64])("missing values, lists and words; %s bytes of memory", async (budget) => {
  const gathering = await gather(golden.made_up.stats, budget);
  check(gathering, golden.made_up);
  expect(gathering.numbers("score_or_none", [])?.missing).toBe(2);
  expect(gathering.words("length")).toBeUndefined();
  gathering.close();
});
