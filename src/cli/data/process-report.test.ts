import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runInProcess } from "../../../test/support/in-process.ts";
import type { ProcessReport } from "../../data/engine/job.ts";
import { plain } from "../terminal/paint.ts";
import { reportLines } from "./processing-reporter.ts";

test("data process --report shows what was changed, dropped and repeated, and rows stay text", async () => {
  const folder = await mkdtemp(join(tmpdir(), "process-report-"));
  try {
    const rows = [
      { text: "The  quick <script>alert(1)</script> fox jumps." },
      { text: "short" },
      { text: "one two three four" },
      { text: "ONE two three four" },
    ];
    await writeFile(join(folder, "rows.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
    const recipe = [
      "process:",
      "  - whitespace_normalization_mapper:",
      "  - replace_content_mapper: {pattern: 'quick', repl: 'slow'}",
      "  - words_num_filter: {min_num: 3}",
      "  - document_deduplicator: {lowercase: true}",
    ];
    await writeFile(join(folder, "recipe.yaml"), recipe.join("\n"));
    const given = ["--dataset-path", "rows.jsonl", "--export-path", "out.jsonl", "--report", "pages/out.html"];
    const words = given.map((word) => (word.startsWith("--") ? word : join(folder, word)));
    const recipeFile = join(folder, "recipe.yaml");
    const { status, out, err } = await runInProcess(["data", "process", recipeFile, ...words, "--np", "0"]);
    expect({ status, err }).toEqual({ status: 0, err: "" });
    expect(out).toContain(`what happened, as a page: ${join(folder, "pages/out.html")}`);
    const page = (await readFile(join(folder, "pages/out.html"), "utf8")).replaceAll(/\s+/g, " ");
    for (const name of ["replace_content_mapper", "words_num_filter", "document_deduplicator"]) {
      expect(page).toContain(`<h2>${name}</h2>`);
    }
    expect(page).toContain("<del>quick</del><ins>slow</ins>");
    expect(page).toContain("num_words 1");
    expect(page).toContain("<del>one</del><ins>ONE</ins>");
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toContain("<script");
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("says so when filters ran in another order than they are written in", () => {
  const lines = (...operators: ProcessReport["operators"]): string =>
    reportLines(
      {
        operators,
        rowsRead: 10,
        rowsWritten: 4,
        rowsBad: 0,
        reasons: [],
        fileFaults: [],
        files: ["out.jsonl"],
        seconds: 1,
        bytes: 100,
        resumed: false,
      },
      100,
      plain,
    ).join("\n");
  const note = "Neighbouring filters ran in another order";
  const asWritten = lines({ name: "a", rowsIn: 10, rowsOut: 6 }, { name: "b", rowsIn: 6, rowsOut: 4 });
  expect(asWritten).not.toContain(note);
  expect(lines({ name: "a", rowsIn: 6, rowsOut: 4 }, { name: "b", rowsIn: 10, rowsOut: 6 })).toContain(note);
});
