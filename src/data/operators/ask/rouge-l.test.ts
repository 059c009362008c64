import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { rougeL } from "./rouge-l.ts";

interface Golden {
  readonly pairs: readonly { readonly hypothesis: string; readonly reference: string; readonly f: number }[];
}

const file = new URL("../../../../test/golden/data/rouge-l.json", import.meta.url);
const { pairs } = JSON.parse(readFileSync(file, "utf8")) as Golden;

it.each(pairs)("is that of the package: $hypothesis, $reference", ({ hypothesis, reference, f }) => {
  expect(rougeL(hypothesis, reference)).toBeCloseTo(f, 12);
});

it("is 0 where there is nothing to compare", () => {
  expect(rougeL("", "a")).toBe(0);
  expect(rougeL("...", "a")).toBe(0);
});
