import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { scorerCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { fakeScorer } from "../testing/scorer.ts";
import { inContextInfluenceFilter as operator } from "./in-context-influence.ts";

const templates = { query_template: "{q}", response_template: "{a}" };

describe("in_context_influence_filter", () => {
  it.each(scorerCases("in_context_influence_filter"))("asks and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(operator, golden.rows, golden.args, fakeScorer().tools);
    for (const [i, { stats }] of results.entries()) {
      expect(stats["in_context_influence"]).toBeCloseTo(golden.stats?.[i]?.["in_context_influence"] as number, 8);
    }
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });

  it("asks for the losses of the task's rows once, then for those after each row", async () => {
    const { tools, calls } = fakeScorer();
    const given = { ...templates, valid_dataset: [{ q: "Q", a: "A" }], task_desc: "T" };
    const results = await runFilter(
      operator,
      [
        { q: "x", a: "yy" },
        { q: "z", a: "w" },
      ],
      given,
      tools,
    );
    expect(calls).toEqual([
      [{ prompt: "T Q", text: " A" }],
      [{ prompt: "x yy T Q", text: " A" }],
      [{ prompt: "z w T Q", text: " A" }],
    ]);
    // Alone (2 + 5) / 2; after the first row (2 + 10) / 2, after the second (2 + 9) / 2.
    expect(results.map(({ stats }) => stats["in_context_influence"])).toEqual([7 / 12, 7 / 11]);
  });

  it("reads the task's rows from a file, as many as are wanted", async () => {
    const folder = await mkdtemp(join(tmpdir(), "influence-"));
    await writeFile(join(folder, "valid.jsonl"), '{"q":"Q1","a":"A1"}\n{"q":"Q2","a":"A2"}\n{"q":"Q3","a":"A3"}\n');
    const scorer = fakeScorer();
    const tools = { ...scorer.tools, resolve: (path: string) => join(folder, path) };
    await runFilter(operator, [{ q: "x", a: "y" }], { ...templates, valid_dataset: "valid.jsonl", n_shot: 2 }, tools);
    expect(scorer.calls[0]?.map(({ prompt }) => prompt)).toEqual(["Q1", "Q2"]);
    await writeFile(join(folder, "bad.jsonl"), '{"q":"Q1","a":"A1"}\n[1]\n');
    await expect(runFilter(operator, [], { ...templates, valid_dataset: "bad.jsonl" }, tools)).rejects.toThrow(
      /E_DATA_OPERATOR: .*bad.jsonl:2/,
    );
    await expect(runFilter(operator, [], { ...templates, valid_dataset: "none.jsonl" }, tools)).rejects.toThrow(
      /E_DATA_FILE/,
    );
    await rm(folder, { recursive: true });
  });

  it("needs rows to compare with, and a scorer", async () => {
    const { tools } = fakeScorer();
    await expect(runFilter(operator, ["x"], {}, tools)).rejects.toThrow(/E_DATA_OPERATOR.*no rows to compare/s);
    await expect(runFilter(operator, ["x"], { valid_dataset: [] }, tools)).rejects.toThrow(/no rows to compare/);
    await expect(runFilter(operator, ["x"], { valid_dataset: [{ text: "x" }] })).rejects.toThrow(
      /no model that scores/,
    );
  });
});
