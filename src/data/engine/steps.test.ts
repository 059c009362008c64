import { describe, expect, it } from "vitest";
import { runOrder, stagesOf } from "./steps.ts";
import { stepsOf, type Entry } from "./testing/jobs.ts";

const names = (entries: readonly Entry[], dropped: ReadonlyMap<number, number> = new Map()): readonly string[] =>
  runOrder(stepsOf(entries), dropped).map(({ name }) => name);

describe("the order in which steps run", () => {
  it("is cheap first, and selective first among those that cost alike", () => {
    expect(names(["stopwords_filter", "text_length_filter"])).toEqual(["text_length_filter", "stopwords_filter"]);
    const alike: readonly Entry[] = ["text_length_filter", "alphanumeric_filter", "maximum_line_length_filter"];
    expect(names(alike, new Map([[2, 0.9]]))[0]).toBe("maximum_line_length_filter");
    // A filter that drops nine of ten rows is worth nine times the time of one that drops one of ten.
    const drops = new Map([
      [0, 0.9],
      [1, 0.1],
    ]);
    expect(names(["stopwords_filter", "text_length_filter"], drops)[0]).toBe("stopwords_filter");
  });

  it("crosses no mapper", () => {
    const entries = ["words_num_filter", "whitespace_normalization_mapper", "text_length_filter"];
    expect(names(entries)).toEqual(entries);
  });

  it("keeps that of filters with one statistic, and of conditions on statistics", () => {
    const twice: readonly Entry[] = [
      ["words_num_filter", { min_num: 1, tokenization: false }],
      ["words_num_filter", { min_num: 2 }],
    ];
    expect(runOrder(stepsOf(twice), new Map([[1, 1]])).map(({ place }) => place)).toEqual([0, 1]);
    const condition: Entry = ["general_field_filter", { filter_condition: "__dj__stats__.num_words > 3" }];
    expect(names(["words_num_filter", condition, "text_length_filter"], new Map([[1, 1]]))).toEqual([
      "words_num_filter",
      "general_field_filter",
      "text_length_filter",
    ]);
  });
});

describe("stages", () => {
  const cut = (entries: readonly Entry[]) =>
    stagesOf(stepsOf(entries)).map(({ rowwise, barrier }) => [rowwise.map(({ name }) => name), barrier?.name]);

  it("end with what looks at all rows", () => {
    expect(cut(["text_length_filter", "document_deduplicator", "clean_links_mapper", "random_selector"])).toEqual([
      [["text_length_filter"], "document_deduplicator"],
      [["clean_links_mapper"], "random_selector"],
      [[], undefined],
    ]);
    expect(cut([])).toEqual([[[], undefined]]);
  });
});
