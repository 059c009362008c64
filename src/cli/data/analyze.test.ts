import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Analysis } from "../../data/analyze/analysis.ts";
import { displayWidth } from "../terminal/paint.ts";
import { runInProcess } from "../../../test/support/in-process.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "analyze-cli-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** In the main thread: workers need the built package. */
const analyze = (...words: readonly string[]) =>
  runInProcess(["data", "analyze", ...words, "--np", "0"], { columns: 80 });

async function rows(name: string, lines: readonly unknown[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
  return path;
}

const written = (name: string): Promise<string> => readFile(join(folder, name), "utf8");

const stories = Array.from({ length: 60 }, (_, i) => ({
  messages: [
    { role: "user", content: i % 3 === 0 ? `Write a story about day ${i}.` : `Explain the rule. ${"x".repeat(i)}` },
    { role: "assistant", content: `Once upon a time there were ${"many ".repeat(i)}birds.` },
  ],
}));

test("a table in 80 columns, a page and a recipe that runs, and what to do next", async () => {
  const file = await rows("stories.jsonl", stories);
  const { status, out, err } = await analyze(
    file,
    "--report",
    join(folder, "a.html"),
    "--suggest",
    join(folder, "a.yaml"),
  );
  expect({ status, err }).toEqual({ status: 0, err: "" });
  const lines = out.split("\n");
  const [place, head] = lines;
  expect(place).toBe(file);
  expect(head).toMatch(/^60 rows {2}.* {2}messages {2}in /);
  expect(out).toContain("✓ no row repeats another");
  expect(out).toMatch(/\ntext_len +[▁▂▃▄▅▆▇█ ]+ +\d+ +\d+ +\d+ +\d+\n/);
  expect(out).toContain("instructions  explain 67% (rule)  write 33% (story)");
  expect(out).toContain(`→ ${join(folder, "a.html")}`);
  const table = lines.filter((line) => /^(statistic|─|[a-z_]+ {2,}.*\d$)/.test(line));
  expect(table.length).toBeGreaterThan(8);
  expect(Math.max(...table.map(displayWidth))).toBeLessThanOrEqual(80);
  const page = await written("a.html");
  for (const part of ["Statistics", "What is asked for", "What goes together", "Rows", "Columns", "A recipe"]) {
    expect(page).toContain(`<h2>${part}`);
  }
});

test("the page loads nothing, and rows stay text in it and in the terminal", async () => {
  const evil = `<script>alert(1)</script></style><img src=x onerror=alert(2)> "quoted" & 'so' \u001B[31mred\u0000`;
  const file = await rows("evil.jsonl", [
    { text: evil, "a<b>": evil },
    { text: evil },
    { text: `${"long ".repeat(200)}${evil}` },
    `{"broken": "${"<i>"}"`,
  ]);
  const { status, out } = await analyze(file, "--report", join(folder, "evil.html"), "--suggest", "none");
  expect(status).toBe(0);
  expect(out).not.toMatch(/[^\n\P{Cc}]/u);
  const page = await written("evil.html");
  expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;&lt;/style&gt;&lt;img src=x onerror=alert(2)&gt;");
  expect(page).toContain("&quot;quoted&quot; &amp; &#39;so&#39;");
  expect(page).not.toMatch(/<script|<img|<i>|<link|<iframe|https?:|url\(|@import/i);
  expect(page).not.toMatch(/[^\n\t\P{Cc}]/u);
  expect(page.match(/<\/style>/g)).toHaveLength(1);
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/<[^>]*\son\w+=/);
});

test("--json prints everything and writes nothing unasked", async () => {
  const file = await rows("numbers.jsonl", stories.slice(0, 5));
  const { status, out } = await analyze(file, "--json", "--percentiles", "0.9");
  expect(status).toBe(0);
  const analysis = JSON.parse(out) as Analysis;
  expect(analysis).toMatchObject({ files: [file], rows: 5, good: 5 });
  const length = analysis.statistics.find(({ name }) => name === "text_len")?.numbers;
  expect(length?.percentiles.map(([share]) => share)).toEqual([0.25, 0.5, 0.75, 0.9]);
  expect(length?.lowest[0]?.origin).toBe(`${file}:2`);
});

test("a recipe of data process serves as it is; its filters alone measure", async () => {
  const file = await rows("recipe-rows.jsonl", [{ text: "a b c" }, { text: "a  b" }]);
  const recipe = await rows("recipe.yaml", [
    `dataset_path: ${file}`,
    "export_path: out.jsonl",
    "open_tracer: true",
    "process:",
    "  - whitespace_normalization_mapper:",
    "  - words_num_filter: {min_num: 50}",
    "  - document_deduplicator:",
  ]);
  const { status, out } = await analyze("--config", recipe, "--json", "--words_num_filter.max_num=9");
  expect(status).toBe(0);
  const { statistics, files } = JSON.parse(out) as Analysis;
  expect(files).toEqual([file]);
  expect(statistics.map(({ name, numbers }) => [name, numbers?.max])).toEqual([["num_words", 3]]);
});

test("the suggested recipe says what it rests on", async () => {
  const lines = [
    ...Array.from({ length: 300 }, (_, i) => ({ text: "word ".repeat(20 + (i % 5)) })),
    { text: "word ".repeat(900) },
  ];
  const file = await rows("outlier.jsonl", lines);
  const { out } = await analyze(file, "--report", "none", "--suggest", join(folder, "s.yaml"));
  expect(out).toMatch(/• \w+ 4,500 at outlier\.jsonl:301 is 17 standard deviations from\s+the mean/);
  const recipe = await written("s.yaml");
  expect(recipe).toMatch(/ {2}- words_num_filter: # num_words: mean 24\.92, std 50\.63\n {6}max_num: 177\n/);
  expect(out).toContain(
    `next tunesmith data process ${join(folder, "s.yaml")} --dataset-path ${file} --export-path clean.jsonl`,
  );
});

test("nothing that could be read is the one failure", async () => {
  const bad = await analyze(await rows("bad.jsonl", ["{broken", "[]"]), "--report", "none");
  expect(bad).toMatchObject({ status: 1, err: "" });
  expect(bad.out).toContain("! all rows are bad: not JSON (bad.jsonl:1), ");
  const empty = await analyze(await rows("empty.jsonl", []), "--report", "none");
  expect(empty).toMatchObject({ status: 1, out: "", err: expect.stringContaining("E_DATA_EMPTY") });
  expect(await analyze()).toMatchObject({ status: 2, err: expect.stringContaining("files: is needed") });
});
