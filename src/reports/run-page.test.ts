import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runInProcess } from "../../test/support/in-process.ts";
import { binaryTicks, evenLabel, lineChart, ticks } from "./line-chart.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "report-"));
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...more: readonly string[]) =>
  runInProcess(
    ["pt", "--model", "assets/stories260k", "--dataset", "assets/fables/held-out.jsonl#8", "--max-length", "64"].concat(
      ["--val-dataset", "assets/fables/held-out.jsonl#2", "--truncation-strategy", "right", "--eval-steps", "2"],
      ["--per-device-train-batch-size", "2", "--gradient-accumulation-steps", "1", "--logging-steps", "1", ...more],
    ),
  );

test("a run writes seconds and memory, its page, and a card that names base, data and library", async () => {
  const dir = join(folder, "run");
  expect(await run("--output-dir", dir, "--max-steps", "4")).toMatchObject({ status: 0 });
  const lines = (await readFile(join(dir, "metrics.jsonl"), "utf8")).trim().split("\n");
  const seconds = lines.map((line) => {
    const { seconds: at, memory_bytes: memory } = JSON.parse(line) as Readonly<Record<string, number>>;
    expect(memory).toBeGreaterThan(2 ** 24);
    return at as number;
  });
  expect(seconds).toEqual(seconds.toSorted((a, b) => a - b));
  expect(seconds[0]).toBeGreaterThan(0);

  const page = await readFile(join(dir, "report.html"), "utf8");
  for (const heading of ["Loss", "What else was measured", "What it was taught", "Settings", "Machine"]) {
    expect(page).toContain(`<h2>${heading}</h2>`);
  }
  expect(page).toContain("the run finished.");
  expect(page).toContain(process.version);
  expect(page).toMatch(/evaluation loss|best of 2 evaluation losses/);
  expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  await rm(join(dir, "report.html"));
  expect(await runInProcess(["report", dir])).toMatchObject({ status: 0, out: `${join(dir, "report.html")}\n` });
  expect(await readFile(join(dir, "report.html"), "utf8")).toBe(page);

  const card = await readFile(join(dir, "last/README.md"), "utf8");
  expect(card).toContain("base_model: stories260k\nbase_model_relation: adapter\nlibrary_name: peft\n");
  expect(card).toContain("datasets:\n  - held-out\n");
  expect(card).toMatch(/- evaluation loss: \d\.\d+ at step 4/);
  expect(card).toContain("| lora_rank | 8 |");
});

test("what is no run is named", async () => {
  await writeFile(join(folder, "run.json"), "{");
  expect((await runInProcess(["report", join(folder, "none")])).err).toContain("E_REPORT_RUN");
  expect((await runInProcess(["report", folder])).err).toContain("there is no metrics.jsonl");
});

test("labels are round numbers inside the range, and nothing to draw is no chart", () => {
  expect(ticks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticks(2.31, 2.94, 5)).toEqual([2.4, 2.6, 2.8]);
  expect(binaryTicks(0, 1.1 * 2 ** 30, 5)).toEqual([0, 2 ** 28, 2 ** 29, 3 * 2 ** 28, 2 ** 30]);
  expect([0, 0.5, 1, 1.5].map((value) => evenLabel(value, 0.5))).toEqual(["0.0", "0.5", "1.0", "1.5"]);
  expect([20, 40].map((value) => evenLabel(value, 20))).toEqual(["20", "40"]);
  expect(lineChart([{ name: "a", points: [] }], { format: String })).toBeUndefined();
  const points = Array.from({ length: 5000 }, (_, x) => ({ x, y: Math.sin(x) }));
  expect(lineChart([{ name: "a", points }], { format: String })?.markup.length).toBeLessThan(120_000);
});
