import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isTunesmithError } from "../../base/errors.ts";
import type { Step } from "../engine/steps.ts";
import { operators } from "../operators/index.ts";
import type { Analysis } from "./analysis.ts";
import { analyzeData, type AnalyzeJob } from "./analyze.ts";
import { automaticSteps } from "./automatic-steps.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "analyze-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function analyze(
  lines: readonly string[],
  given: Partial<AnalyzeJob> = {},
  maxMemory = 2 ** 30,
): Promise<Analysis> {
  const file = join(folder, "rows.jsonl");
  await writeFile(file, lines.join("\n"));
  return analyzeData(
    {
      files: [file],
      steps: automaticSteps({}),
      lenient: true,
      textKey: "text",
      sample: undefined,
      instructions: 1000,
      percentiles: [],
      seed: 42,
      base: folder,
      allowCode: false,
      strict: false,
      ...given,
    },
    { workers: 0, maxMemory, rowTimeout: 30, concurrency: 1 },
  );
}

const step = (name: string, args: Readonly<Record<string, unknown>> = {}, place = 0): Step => ({
  name,
  args: operators.get(name)?.schema.parse(args) as Step["args"],
  place,
});

const rowsOf = (texts: readonly string[]): readonly string[] => texts.map((text) => JSON.stringify({ text }));
const numbersOf = (analysis: Analysis, name: string) =>
  analysis.statistics.find((statistic) => statistic.name === name)?.numbers;

test("everything that needs the row alone is measured; what finds nothing is named", async () => {
  const analysis = await analyze(rowsOf(["one two three", "one two three", "a longer text of several words", "short"]));
  expect(analysis).toMatchObject({ rows: 4, good: 4, bad: [], missed: [], shapes: [{ name: "text", count: 4 }] });
  expect(analysis.columns).toEqual([{ name: "text", kinds: [{ name: "string", count: 4 }], rows: 4 }]);
  expect(numbersOf(analysis, "text_len")).toMatchObject({ count: 4, missing: 0, min: 5, max: 30, mean: 15.25 });
  expect(numbersOf(analysis, "text_len")?.highest[0]).toMatchObject({
    value: 30,
    origin: expect.stringMatching(/rows\.jsonl:3$/),
    text: "a longer text of several words",
  });
  expect(analysis.repeats).toMatchObject({ rows: 1, share: 0.25, exact: true });
  expect(analysis.repeats.examples).toMatchObject([{ text: "one two three", times: 2 }]);
  const out = Object.fromEntries(analysis.leftOut.map(({ operator, reason }) => [operator, reason]));
  expect(out["token_num_filter"]).toContain("tokenizer");
  expect(out["image_size_filter"]).toBe("no row has what it measures");
  const { names, matrix } = analysis.correlation;
  expect(matrix[names.indexOf("text_len")]?.[names.indexOf("text_len")]).toBeCloseTo(1, 12);
});

test("one row, blank lines, and lines that hold no row", async () => {
  const one = await analyze(rowsOf(["alone"]));
  expect(numbersOf(one, "text_len")).toMatchObject({ count: 1, std: null, min: 5, max: 5 });
  expect(one).toMatchObject({ suggestion: [], correlation: { names: [], matrix: [] } });
  const mixed = await analyze(["", '{"text": "good"}', "{broken", "[1]", '{"text": 5}', '{"other": "x"}', ""]);
  expect(mixed).toMatchObject({ rows: 5, good: 3 });
  expect(mixed.bad.map(({ reason, count }) => [reason, count])).toEqual([
    ["not JSON", 1],
    ["a row is an object, this one is [1]", 1],
  ]);
  // Rows without a text are rows all the same: they lack the statistics of texts.
  expect(numbersOf(mixed, "text_len")).toMatchObject({ count: 1, missing: 2 });
  expect(mixed.missed.find(({ operator }) => operator === "text_length_filter")).toMatchObject({ count: 2 });
});

test("no rows at all are an error, bad rows alone are not", async () => {
  await expect(analyze([])).rejects.toSatisfy((error) => isTunesmithError(error, "E_DATA_EMPTY"));
  expect(await analyze(["{broken"])).toMatchObject({ rows: 1, good: 0, statistics: [] });
});

test("a recipe: its filters measure and drop nothing, mappers and what looks at all rows are passed over", async () => {
  const steps = [
    step("whitespace_normalization_mapper"),
    step("text_length_filter", { min_len: 100 }, 1),
    step("document_deduplicator", {}, 2),
    step("specified_field_filter", { field_key: "text", target_value: ["x"] }, 3),
  ];
  const analysis = await analyze(rowsOf(["a b", "a b"]), { steps, lenient: false });
  expect(analysis.statistics.map(({ name }) => name)).toEqual(["text_len"]);
  expect(numbersOf(analysis, "text_len")).toMatchObject({ count: 2, mean: 3 });
  const broken = analyze(rowsOf(["a"]), { steps: [step("token_num_filter")], lenient: false });
  await expect(broken).rejects.toSatisfy((error) => isTunesmithError(error, "E_DATA_OPERATOR"));
});

test("a sample has as many rows as were asked for, by the seed alone", async () => {
  const lines = rowsOf(Array.from({ length: 500 }, (_, i) => "x".repeat(i)));
  const drawn = await analyze(lines, { sample: 60 });
  expect(drawn).toMatchObject({ rows: 60, good: 60, sample: { wanted: 60, total: 500, seed: 42 } });
  const again = await analyze(lines, { sample: 60 });
  expect({ ...again, seconds: 0 }).toEqual({ ...drawn, seconds: 0 });
  expect(numbersOf(await analyze(lines, { sample: 60, seed: 1 }), "text_len")).not.toEqual(
    numbersOf(drawn, "text_len"),
  );
  expect(await analyze(lines, { sample: 500 })).not.toHaveProperty("sample");
});

test("thresholds lie three standard deviations around the mean, and no default cuts deeper", async () => {
  const lengths = [...Array.from({ length: 400 }, (_, i) => 4 + (i % 3)), 500];
  const analysis = await analyze(rowsOf(lengths.map((length) => "a".repeat(length))));
  const { mean = 0, std } = numbersOf(analysis, "text_len") ?? {};
  const found = analysis.suggestion.find(({ statistic }) => statistic === "text_len");
  expect(found).toEqual({
    operator: "text_length_filter",
    statistic: "text_len",
    args: [
      ["min_len", 4],
      ["max_len", Math.ceil(mean + 3 * (std ?? 0))],
    ],
    mean,
    std,
  });
});

test("instructions are read for their verbs, rows are drawn to be shown, columns of mixed kinds are told", async () => {
  const rows = ["Write a poem about rain.", "Write a poem about snow.", "Explain the rule."].map((content, i) => ({
    messages: [
      { role: "user", content },
      { role: "assistant", content: "<b>yes</b>" },
    ],
    id: i === 0 ? "first" : i,
  }));
  const analysis = await analyze(rows.map((row) => JSON.stringify(row)));
  expect(analysis.instructions).toMatchObject({
    read: 3,
    withObject: 3,
    pairs: 2,
    verbs: [{ verb: "write", count: 2 }, {}],
  });
  expect(analysis.columns.find(({ name }) => name === "id")?.kinds).toEqual([
    { name: "number", count: 2 },
    { name: "string", count: 1 },
  ]);
  expect(analysis.drawn).toHaveLength(3);
  expect(analysis.drawn[0]?.parts.map(({ label }) => label)).toEqual(["user", "assistant", "id"]);
});

test("a line beyond the limit is a bad row, not the end", async () => {
  const long = JSON.stringify({ text: "y".repeat(3 * 2 ** 20) });
  const analysis = await analyze([...rowsOf(["first"]), long, ...rowsOf(["last"])], {}, 2 ** 26);
  expect(analysis).toMatchObject({ rows: 3, good: 2, bad: [{ count: 1, reason: "the line is too long" }] });
});

test("a file without the column of texts is measured on its longest column, and the column is named", async () => {
  const rows = ["short", "a much longer one"].map((body, i) => JSON.stringify({ id: `${i}`, body }));
  const analysis = await analyze(rows);
  expect(analysis.textColumn).toBe("body");
  expect(numbersOf(analysis, "text_len")).toMatchObject({ count: 2, min: 5, max: 17 });
  expect(await analyze(rowsOf(["x"]))).not.toHaveProperty("textColumn");
  // A recipe says what it means: nothing is chosen for it.
  const strict = await analyze(rows, { steps: [step("text_length_filter")], lenient: false });
  expect(strict).toMatchObject({ statistics: [], leftOut: [{ operator: "text_length_filter" }] });
});
