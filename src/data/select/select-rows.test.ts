import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { samplers } from "../samplers/index.ts";
import type { Sampler } from "../samplers/sampler.ts";
import { selectRows } from "./select-rows.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "select-"));
  const rows = Array.from({ length: 10 }, (_, i) => ({ text: `row ${i}`, score: i, other: { deep: [i] } }));
  await writeFile(join(folder, "a.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  await writeFile(join(folder, "b.jsonl"), '{"query": "x", "response": "y", "score": 4.5}\n{broken\n[1]\n');
});
afterAll(() => rm(folder, { recursive: true }));

const files = () => [join(folder, "a.jsonl"), join(folder, "b.jsonl")];

async function choose(name: string, given: Readonly<Record<string, unknown>>, output = "out.jsonl") {
  const sampler = samplers.get(name) as Sampler;
  const path = join(folder, output);
  const report = await selectRows(files(), path, {
    sampler,
    args: sampler.schema.parse(given),
    seed: 1,
    textKey: "text",
    overwrite: true,
  });
  const rows = (await readFile(path, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  return { report, rows };
}

describe("selectRows", () => {
  it("copies chosen rows as they are, in order, and says what their scores are", async () => {
    const { report, rows } = await choose("top_k", { score_key: "score", count: 3, lowest: true });
    expect(rows).toEqual([0, 1, 2].map((i) => ({ text: `row ${i}`, score: i, other: { deep: [i] } })));
    expect(report).toMatchObject({
      read: 11,
      written: 3,
      notes: ["top_k: 3 of 11 samples by score."],
      columns: [
        { column: "score", all: { least: 0, mean: 4.5, greatest: 9 }, chosen: { least: 0, mean: 1, greatest: 2 } },
      ],
    });
    expect(report.dropped.reduce((sum, { count }) => sum + count, 0)).toBe(2);
  });

  it("reads texts and conversations, and keeps datasets apart", async () => {
    const target = join(folder, "target.jsonl");
    await writeFile(target, '{"text": "x y"}\n');
    const { rows } = await choose("dsir", { target, count: 1, noise: false });
    expect(rows).toEqual([{ query: "x", response: "y", score: 4.5 }]);
    const rehearsed = await choose("rehearsal", { budget: 2 });
    expect([rehearsed.rows.length, rehearsed.rows.at(-1)?.["query"]]).toEqual([3, "x"]);
  });

  it("leaves nothing behind when nothing can be chosen", async () => {
    await expect(choose("threshold", { score_key: "score", min: 100 }, "none.jsonl")).rejects.toThrow(
      "E_DATA_SELECTION",
    );
    expect((await readdir(folder)).filter((name) => name.includes("none"))).toEqual([]);
  });
});
