import * as fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { characterCounts } from "../operators/text/characters.ts";
import { wordsNumFilter } from "../operators/filters/words-num.ts";
import { plainTools } from "../operators/testing/ready.ts";
import type { BlockResult } from "./block-result.ts";
import type { Block } from "./block.ts";
import { createChain, type ChainPlan, type ProcessBlockOptions } from "./chain.ts";
import { stepsOf, type Entry } from "./testing/jobs.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const blockOf = (...lines: readonly unknown[]): Block => ({
  index: 0,
  file: "rows.jsonl",
  fileNumber: 0,
  bytes: Buffer.from(lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("")),
  firstLine: 1,
  faults: [],
  consumed: 0,
});

async function run(
  entries: readonly Entry[],
  block: Block,
  { plan, ...options }: ProcessBlockOptions & { readonly plan?: Partial<ChainPlan> } = {},
): Promise<BlockResult> {
  const steps = stepsOf(entries);
  const whole = {
    steps,
    input: "rows",
    last: true,
    keepStats: false,
    addSuffix: false,
    traceRows: 0,
    ...plan,
  } as const;
  return (await createChain(whole, plainTools)).process(block, options);
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const rowsOf = (bytes: Uint8Array): readonly unknown[] =>
  textOf(bytes)
    .split("\n")
    .flatMap((line) => (line === "" ? [] : [JSON.parse(line) as unknown]));

describe("rows that nothing changes", () => {
  it("come out as the very text they were", async () => {
    const lines = ['{ "text":"a b", "n": 1.0, "n": 12345678901234567890 }', String.raw`{"text":"\u0041\ud800"}`];
    expect(textOf((await run([], blockOf(...lines))).bytes)).toBe(`${lines.join("\n")}\n`);
    expect(textOf((await run([], blockOf(`${lines[0]}\r`))).bytes)).toBe(`${lines[0]}\n`);
  });

  it("lose statistics and tags that came with them, unless they are kept", async () => {
    const row = { text: "a", __dj__stats__: { x: 1 }, __dj__meta__: { tag: 1 }, __proto_: 1 };
    const result = await run([], blockOf(row));
    expect(rowsOf(result.bytes)).toEqual([{ text: "a", __proto_: 1 }]);
    expect(rowsOf(result.stats)).toEqual([{ __dj__stats__: { x: 1 }, __dj__meta__: { tag: 1 } }]);
    const kept = await run([], blockOf(row), { plan: { keepStats: true } });
    expect(rowsOf(kept.bytes)).toEqual([row]);
  });
});

describe("rows that are changed", () => {
  it("keep other columns, also one named __proto__ and numbers beyond 2^53", async () => {
    const line = '{"text":"a\\u00a0b","__proto__":{"x":1},"id":12345678901234567890}';
    const { bytes } = await run(["whitespace_normalization_mapper"], blockOf(line));
    expect(textOf(bytes)).toBe('{"text":"a b","__proto__":{"x":1},"id":12345678901234567890}\n');
  });

  it("know where they come from", async () => {
    const result = await run(
      ["text_chunk_mapper", "whitespace_normalization_mapper"],
      blockOf({ text: "a\n\nb\u00A0c" }),
    );
    const { rowsIn, rowsOut, stats, counts } = result;
    expect({ rowsIn, rowsOut, counts }).toEqual({
      rowsIn: 1,
      rowsOut: 2,
      counts: [
        [1, 2],
        [2, 2],
      ],
    });
    expect(rowsOf(stats)).toEqual([
      { __dj__stats__: {}, __dj__meta__: { lineage: { parents: ["rows.jsonl:1"], operators: ["text_chunk_mapper"] } } },
      {
        __dj__stats__: {},
        __dj__meta__: {
          lineage: { parents: ["rows.jsonl:1"], operators: ["text_chunk_mapper", "whitespace_normalization_mapper"] },
        },
      },
    ]);
  });
});

describe("statistics that came with a row", () => {
  const given = { text: "one two", __dj__stats__: { num_words: 50 } };

  it("are taken, until a mapper changes the row", async () => {
    expect((await run(["words_num_filter"], blockOf(given))).rowsOut).toBe(1);
    expect((await run(["whitespace_normalization_mapper", "words_num_filter"], blockOf(given))).rowsOut).toBe(1);
    const spaced = { ...given, text: "one\u00A0two" };
    expect((await run(["whitespace_normalization_mapper", "words_num_filter"], blockOf(spaced))).rowsOut).toBe(0);
  });

  it("that are no object are passed over", async () => {
    const rows = [null, 7, "x", []].map((stats) => ({ text: "one two", __dj__stats__: stats }));
    const result = await run([["words_num_filter", { min_num: 2, max_num: 2 }]], blockOf(...rows));
    expect(rowsOf(result.bytes)).toEqual(rows.map(({ text }) => ({ text })));
  });

  it("measured by an earlier filter are not taken for another's", async () => {
    const entries: readonly Entry[] = [
      ["words_num_filter", { min_num: 1 }],
      ["words_num_filter", { min_num: 3, max_num: 3, text_key: "title" }],
    ];
    const result = await run(entries, blockOf({ text: "a", title: "b c d" }));
    expect(rowsOf(result.stats)).toEqual([{ __dj__stats__: { num_words: 3 } }]);
  });
});

describe("filters in a row", () => {
  const filters: readonly Entry[] = [
    ["text_length_filter", { min_len: 5, max_len: 60 }],
    ["words_num_filter", { min_num: 2, max_num: 9 }],
    ["alphanumeric_filter", { min_ratio: 0.5 }],
    ["special_characters_filter", { max_ratio: 0.4 }],
    ["word_repetition_filter", { rep_len: 2, max_ratio: 0.5 }],
  ];
  const row = fc.record({
    text: fc.array(fc.constantFrom("fox", "a", "!!", "12", "day"), { maxLength: 14 }).map((list) => list.join(" ")),
  });

  it("give the same bytes in whatever order they run, and the same rows in whatever order they are written", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 12 }),
        fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
        async (rows, order) => {
          const block = blockOf(...rows);
          const plain = await run(filters, block);
          const reordered = await run(filters, block, { order });
          expect(textOf(reordered.bytes)).toBe(textOf(plain.bytes));
          expect(textOf(reordered.stats)).toBe(textOf(plain.stats));
          const rewritten = await run(
            order.map((i) => filters[i] as Entry),
            block,
          );
          expect(textOf(rewritten.bytes)).toBe(textOf(plain.bytes));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("compute what they share once for each text", async () => {
    const of = vi.spyOn(characterCounts, "of");
    const entries: readonly Entry[] = [
      ["words_num_filter", { min_num: 1 }],
      ["alphanumeric_filter", { min_ratio: 0 }],
      ["text_length_filter", { min_len: 1 }],
    ];
    await run(entries, blockOf({ text: "one two three" }, { text: "four five" }));
    expect(of).toHaveBeenCalledTimes(2);
    of.mockClear();
    await run(
      [...entries, "whitespace_normalization_mapper", ["words_num_filter", { min_num: 1 }]],
      blockOf({ text: "a\u00A0b" }),
    );
    expect(of).toHaveBeenCalledTimes(2);
  });

  it("are measured by themselves in a probe, which drops nothing", async () => {
    const rows = [{ text: "a" }, { text: "a b c d e f" }, { text: "!!!!!!!!!! !!" }];
    const { counts, rowsOut } = await run(filters.slice(0, 3), blockOf(...rows), { probe: true });
    expect(counts).toEqual([
      [3, 2],
      [3, 1],
      [3, 2],
    ]);
    expect(rowsOut).toBe(3);
  });
});

describe("bad rows", () => {
  it("are set aside with file, line, operator and reason, and cost no other row", async () => {
    const lines = ['{"text":"one"}', "", "[1]", '{"text":', '{"text":5}', '{"nothing":"here"}', '{"text":"two"}'];
    const result = await run([["text_length_filter", { min_len: 0 }]], blockOf(...lines));
    expect(rowsOf(result.bytes)).toEqual([{ text: "one" }, { text: "two" }]);
    expect(result.rowsIn).toBe(6);
    expect(result.bad).toEqual([
      { file: "rows.jsonl", line: 3, reason: "a row is an object, this one is [1]", row: [1] },
      {
        file: "rows.jsonl",
        line: 4,
        reason: expect.stringMatching(/^not JSON: .* at column \d+$/) as string,
        text: '{"text":',
      },
      {
        file: "rows.jsonl",
        line: 5,
        operator: "text_length_filter",
        reason: expect.stringContaining("wants a text") as string,
        row: { text: 5 },
      },
      {
        file: "rows.jsonl",
        line: 6,
        operator: "text_length_filter",
        reason: expect.stringContaining("there is no text") as string,
        row: { nothing: "here" },
      },
    ]);
  });

  it("are those an operator fails on, whatever it throws; what is no fault of a row ends the run", async () => {
    const { create } = wordsNumFilter;
    vi.spyOn(wordsNumFilter, "create").mockImplementation(async (args, tools) => ({
      ...(await create(args, tools)),
      measure: ({ row }) => {
        if (row["text"] === "type") throw new TypeError("x is undefined");
        if (row["text"] === "text") throw "a word";
        return { num_words: 20 };
      },
    }));
    const result = await run(["words_num_filter"], blockOf({ text: "type" }, { text: "fine" }, { text: "text" }));
    expect(rowsOf(result.bytes)).toEqual([{ text: "fine" }]);
    expect(result.bad.map(({ reason }) => reason)).toEqual([
      "the operator failed: x is undefined",
      'the operator failed: "a word"',
    ]);
  });

  it("that an operator hung on are left out when the block is begun anew", async () => {
    const skip = new Map([[1, { operator: "clean_links_mapper", reason: "it hangs" }]]);
    const result = await run([], blockOf({ a: 1 }, { a: 2 }, { a: 3 }), { skip });
    expect(rowsOf(result.bytes)).toEqual([{ a: 1 }, { a: 3 }]);
    expect(result.bad).toEqual([
      { file: "rows.jsonl", line: 2, operator: "clean_links_mapper", reason: "it hangs", row: { a: 2 } },
    ]);
  });
});

describe("rows worked on at one time", () => {
  it("come out in their order", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => ({ text: `${i} `.repeat(i + 1) }));
    const one = await run(["text_chunk_mapper"], blockOf(...rows));
    const many = await run(["text_chunk_mapper"], blockOf(...rows), { concurrency: 7 });
    expect(textOf(many.bytes)).toBe(textOf(one.bytes));
  });
});

describe("between stages", () => {
  it("rows keep their text, statistics, lineage and suffix", async () => {
    const lines = ['{ "text": "a b c d", "id": 12345678901234567890 }', '{"text":"e\\u00a0f","__dj__stats__":{"n":1}}'];
    const bySuffix: readonly Entry[] = [["suffix_filter", { suffixes: [".jsonl"] }]];
    const first = await run(["whitespace_normalization_mapper"], blockOf(...lines), {
      plan: { last: false, addSuffix: true },
    });
    expect([...first.lengths].reduce((a, b) => a + b, 0)).toBe(first.bytes.length);
    const spilled = { ...blockOf(), file: "", bytes: first.bytes };
    const second = await run(bySuffix, spilled, { plan: { input: "spilled", addSuffix: true } });
    expect(textOf(second.bytes)).toBe(`${lines[0]}\n{"text":"e f"}\n`);
    expect(rowsOf(second.stats)).toMatchObject([
      {},
      { __dj__stats__: { n: 1 }, __dj__meta__: { lineage: { operators: ["whitespace_normalization_mapper"] } } },
    ]);
  });

  it("rows that nothing more is done to are written as if they had been read", async () => {
    const lines = [
      '{ "text": "a b", "id": 12345678901234567890 }',
      '{"text":"c\\u00a0d"}',
      '{"text":"e","__dj__stats__":{"n":1},"__dj__meta__":{"tag":2}}',
      String.raw`{"text":"f","\u005f\u005fdj\u005f\u005fmeta\u005f\u005f":{"tag":3}}`,
    ];
    const entries: readonly Entry[] = ["whitespace_normalization_mapper", ["text_length_filter", { min_len: 1 }]];
    const first = await run(entries, blockOf(...lines), { plan: { last: false } });
    const spilled = { ...blockOf(), file: "", bytes: first.bytes };
    const passed = await run([], spilled, { plan: { input: "spilled" } });
    // A filter that keeps everything makes the chain look into rows.
    const read = await run([["general_field_filter", { filter_condition: "" }]], spilled, {
      plan: { input: "spilled" },
    });
    expect(textOf(passed.bytes)).toBe(textOf(read.bytes));
    expect(textOf(passed.stats)).toBe(textOf(read.stats));
    expect(textOf(passed.bytes)).toBe(`${lines[0]}\n{"text":"c d"}\n{"text":"e"}\n{"text":"f"}\n`);
    expect(passed.rowsOut).toBe(4);
  });

  it("keys are told apart from rows without one", async () => {
    const [barrier] = stepsOf(["document_deduplicator"]);
    const result = await run([], blockOf({ text: "a" }, { text: "" }, { text: "a" }), {
      plan: { last: false, ...(barrier === undefined ? {} : { barrier }) },
    });
    const width = (result.keys?.length ?? 0) / 3;
    expect(result.keys?.subarray(0, width)).toEqual(result.keys?.subarray(2 * width));
    expect(result.present).toHaveLength(3);
  });

  it("rows of a batch that cannot be merged are bad, each by itself", async () => {
    const [batch] = stepsOf(["naive_grouper"]);
    const first = await run([], blockOf({ a: 1 }, { a: 2 }), { plan: { last: false } });
    const spilled = { ...blockOf(), file: "", bytes: first.bytes };
    if (batch === undefined) throw new Error("no grouper");
    const merged = await run([], spilled, { plan: { input: { batch } } });
    expect(rowsOf(merged.bytes)).toEqual([{ a: [1, 2] }]);
    expect(rowsOf(merged.stats)).toEqual([
      {
        __dj__stats__: {},
        __dj__meta__: { lineage: { parents: ["rows.jsonl:1", "rows.jsonl:2"], operators: ["naive_grouper"] } },
      },
    ]);
  });
});

describe("examples for people", () => {
  it("are the first of each operator", async () => {
    const entries: readonly Entry[] = ["whitespace_normalization_mapper", ["words_num_filter", { min_num: 2 }]];
    const rows = [{ text: "a\u00A0b" }, { text: "c" }, { text: "d" }, { text: "e" }];
    const { traces } = await run(entries, blockOf(...rows), { plan: { traceRows: 2 } });
    expect(traces).toEqual([
      { place: 0, kind: "changed", origin: "rows.jsonl:1", row: { text: "a\u00A0b" }, after: { text: "a b" } },
      { place: 1, kind: "dropped", origin: "rows.jsonl:2", row: { text: "c" }, stats: { num_words: 1 } },
      { place: 1, kind: "dropped", origin: "rows.jsonl:3", row: { text: "d" }, stats: { num_words: 1 } },
    ]);
  });
});
