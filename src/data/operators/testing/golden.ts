/** For tests: what Data-Juicer itself gave, recorded by test/oracles/data-juicer.py. */
import { readFileSync } from "node:fs";
import type { RawObject } from "../../shapes/shape.ts";

export interface GoldenCase {
  readonly args: Readonly<Record<string, unknown>>;
  readonly rows: readonly RawObject[];
  /** Filters: one object of statistics per row. */
  readonly stats?: readonly RawObject[];
  readonly keep?: readonly boolean[];
  /** Mappers, selectors and deduplicators: all rows of the result. */
  readonly result?: readonly RawObject[];
  /** Of the model that the operator asks, one after the other. */
  readonly answers?: readonly string[];
}

/** Cases of one operator. The texts they share are in `texts.json` and stand in for `rows` that are absent. */
export function goldenCases(operator: string): readonly GoldenCase[] {
  const read = (name: string): unknown =>
    JSON.parse(readFileSync(new URL(`../../../../test/golden/data-juicer/${name}.json`, import.meta.url), "utf8"));
  const { texts } = read("texts") as { readonly texts: readonly string[] };
  const { cases } = read(operator) as { readonly cases: readonly GoldenCase[] };
  return cases.map((golden) => ({ ...golden, rows: golden.rows ?? texts.map((text) => ({ text })) }));
}

/** Actions and edges of entities that Data-Juicer counts in English texts with spaCy (test/oracles/english.py). */
export interface EnglishEntry {
  readonly text: string;
  readonly actions: number;
  readonly edges: readonly number[];
}

export function englishGolden(): readonly EnglishEntry[] {
  const file = new URL("../../../../test/golden/english.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly texts: readonly EnglishEntry[] }).texts;
}

/** Cases of filters that ask a language model, with a stand-in for it (test/oracles/data-juicer-scorers.py). */
export function scorerCases(operator: string): readonly GoldenCase[] {
  const file = new URL("../../../../test/golden/data-juicer-scorers.json", import.meta.url);
  const { cases } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly cases: readonly (GoldenCase & { readonly op: string })[];
  };
  return cases.filter(({ op }) => op === operator);
}
