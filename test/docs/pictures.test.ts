/** The picture of the data verbs shows what they print now; UPDATE_DOCS=1 draws it anew. */
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Context } from "../../src/cli/context.ts";
import { runCommandLine } from "../../src/cli/run.ts";
import { coloured } from "../../src/cli/terminal/paint.ts";

/** The command and what it prints, as a terminal shows them. */
async function run(words: readonly string[]): Promise<string> {
  let out = "";
  const context: Context = {
    stdout: { write: (text: string) => (out += text), columns: 90 },
    stderr: { write: () => undefined },
    stdin: process.stdin,
    paint: coloured,
    paintOut: coloured,
    recipeFiles: [],
    environment: {},
    signal: new AbortController().signal,
  };
  expect(await runCommandLine(["data", ...words, "--np", "0"], context)).toBe(0);
  return `${coloured("dim", `$ npx tunesmith data ${words.join(" ")}`)}\n${out}`;
}

/** Without what differs from run to run. */
const withoutTimes = (svg: string): string =>
  svg
    .replaceAll(/in (<[^>]*>)*[\d.]+ ?m?s( \(\d+ ms\))?|[\d,.]+ (rows|[KM]iB)\/s/g, "TIME")
    .replaceAll(/(width|height|viewBox)="[^"]*"/g, "");

test("docs/data.svg is up to date", async () => {
  const folder = await mkdtemp(join(tmpdir(), "picture-"));
  try {
    const rows = "assets/fables/train.jsonl";
    const [recipe, report, clean] = ["train.yaml", "train.html", "clean"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    const analyzed = await run(["analyze", rows, "--suggest", recipe, "--report", report]);
    const given = ["--dataset-path", rows, "--export-path", `${clean}.jsonl`, "--report", `${clean}.html`];
    const processed = await run(["process", recipe, ...given]);
    // The two files of the analysis lie where they would without these arguments.
    const text = `${analyzed}\n${processed}`
      .replace(` --suggest ${recipe} --report ${report}`, "")
      .replaceAll(clean, "clean")
      .replaceAll(folder, "analysis");
    const drawn = execFileSync("node", ["docs/make-picture.mjs"], { input: text, encoding: "utf8" });
    if (process.env["UPDATE_DOCS"] === "1") await writeFile("docs/data.svg", drawn);
    const found = await readFile("docs/data.svg", "utf8");
    const advice = "docs/data.svg is stale: run UPDATE_DOCS=1 npx vitest run --project unit test/docs";
    expect(withoutTimes(found) === withoutTimes(drawn), advice).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});
