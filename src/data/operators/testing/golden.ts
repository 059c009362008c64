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
