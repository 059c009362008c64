import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { englishGolden } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { textEntityDependencyFilter } from "./text-entity-dependency.ts";

const golden = englishGolden();
const texts = golden.map(({ text }) => text);

const edgesOf = async (rows: readonly string[]): Promise<readonly (readonly number[])[]> =>
  (await runFilter(textEntityDependencyFilter, rows)).map(
    ({ stats }) => stats["num_dependency_edges"] as readonly number[],
  );

const keepsOf = (edges: readonly number[], least: number, any: boolean): boolean =>
  edges.length > 0 && (any ? edges.some((edge) => edge >= least) : edges.every((edge) => edge >= least));

describe("text_entity_dependency_filter", () => {
  it.each([
    ["The dog chased the cat through the garden.", [2, 2, 2]],
    ["Three old maps, two lamps and a broken chair.", [3, 4, 3]],
    ["Did you see the man who sold my bicycle?", [1, 3, 2]],
    ["Do your homework before you play.", [2, 1]],
    ["Dogs.", [0]],
    ["Blue, tall, quickly, never.", []],
  ])("finds the edges that spaCy's parser finds: %s", async (text, edges) => {
    expect(golden.find((entry) => entry.text === text)?.edges).toEqual(edges);
    expect(await edgesOf([text])).toEqual([edges]);
  });

  it.each([
    [1, true],
    [1, false],
    [2, true],
    [2, false],
    [3, true],
    [3, false],
  ])("decides as Data-Juicer with spaCy where %i edges are asked for (any: %s)", async (least, any) => {
    const given = { min_dependency_num: least, any_or_all: any ? "any" : "all" };
    const results = await runFilter(textEntityDependencyFilter, texts, given);
    const same = golden.filter(({ edges }, i) => keepsOf(edges, least, any) === results[i]?.keep);
    expect(same.length / golden.length).toBeGreaterThanOrEqual(0.9);
  });

  it("decides by any or by all, at bounds that are closed, open or reversed", async () => {
    const rows = ["The dog chased the cat through the garden.", "She sang.", "Quickly!"];
    expect(await edgesOf(rows)).toEqual([[2, 2, 2], [1], []]);
    const keeps = async (args: Readonly<Record<string, unknown>>) =>
      (await runFilter(textEntityDependencyFilter, rows, args)).map(({ keep }) => keep);
    expect(await keeps({ min_dependency_num: 2 })).toEqual([true, false, false]);
    expect(await keeps({ min_dependency_num: 2, min_closed_interval: false })).toEqual([false, false, false]);
    expect(await keeps({ min_dependency_num: 1, reversed_range: true })).toEqual([false, true, false]);
    const mixed = ["She gave her brother a book."];
    const [edges] = await edgesOf(mixed);
    const [least, most] = [Math.min(...(edges ?? [])), Math.max(...(edges ?? []))];
    expect(most).toBeGreaterThan(least);
    const decide = async (any_or_all: string) =>
      (await runFilter(textEntityDependencyFilter, mixed, { min_dependency_num: most, any_or_all }))[0]?.keep;
    expect([await decide("any"), await decide("all")]).toEqual([true, false]);
  });

  it("never finds more edges than a tree has", async () => {
    const word = fc.constantFrom(
      "the",
      "dog",
      "of",
      "saw",
      "and",
      "which",
      "green",
      "London",
      "she",
      "is",
      "quickly",
      ",",
      ".",
      "'s",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 20 }), async (words) => {
        const [edges] = await edgesOf([words.join(" ")]);
        const sum = (edges ?? []).reduce((a, b) => a + b, 0);
        expect(sum).toBeLessThanOrEqual(2 * Math.max(0, words.length - 1));
        expect(edges?.every((edge) => edge >= 0)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it("refuses other languages", async () => {
    await expect(runFilter(textEntityDependencyFilter, ["x"], { lang: "zh" })).rejects.toThrow(
      /E_DATA_OPERATOR: text_entity_dependency_filter.lang.*"zh"/s,
    );
  });
});
