import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkRows, type CheckRowsOptions } from "./check-rows.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "check-rows-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function check(rows: readonly unknown[], options: Partial<CheckRowsOptions> = {}) {
  const path = join(folder, "rows.jsonl");
  await writeFile(path, rows.map((row) => `${typeof row === "string" ? row : JSON.stringify(row)}\n`).join(""));
  return checkRows([path], { purpose: "sft", media: "refuse", ...options });
}

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });

describe("checkRows", () => {
  it("counts shapes, patterns, other columns, lengths and repetitions", async () => {
    const result = await check([
      { messages: [user("a"), assistant("b")], id: 1 },
      { instruction: "a", input: "", output: "b", id: 2, note: "x" },
      {
        conversations: [
          { from: "human", value: "long ".repeat(100) },
          { from: "gpt", value: "b" },
        ],
        system: "s",
      },
      { query: "c", response: "d" },
    ]);
    expect(result).toMatchObject({
      rows: 4,
      good: 4,
      shapes: { messages: 1, alpaca: 1, sharegpt: 1, "query-response": 1 },
      patterns: [
        ["user assistant", 3],
        ["system user assistant", 1],
      ],
      otherColumns: [
        ["id", 2],
        ["note", 1],
      ],
      repeated: 1,
      problems: [],
    });
    expect(result.characters.longestAt).toBe(`${join(folder, "rows.jsonl")}:3`);
    expect(result.characters.longest).toBeGreaterThan(500);
  });

  it("names each bad row by file, line and field, with what to do", async () => {
    const result = await check([
      { messages: [user("a"), assistant("b")] },
      "{broken",
      { messages: [{ role: "robot", content: "x" }] },
      { messages: [user("a"), { role: "assistant", content: 7 }] },
      { nothing: "known" },
      { messages: [user("a"), assistant("b")], images: ["x.png"] },
      [1],
    ]);
    expect([result.rows, result.good]).toEqual([7, 1]);
    expect(result.problems.map(({ count }) => count)).toEqual([1, 1, 1, 1, 1, 1]);
    const examples = result.problems.flatMap(({ examples }) => examples);
    const at = (line: number): string => examples.find((text) => text.includes(`rows.jsonl:${line}:`)) ?? "";
    expect(at(2)).toContain("not JSON");
    expect(at(3)).toMatch(/messages\[0\]\.role: .*robot/);
    expect(at(4)).toContain("messages[1].content");
    expect(at(5)).toContain("--columns");
    expect(at(6)).toContain("images");
    expect(at(7)).toContain("a row is an object");
    for (const example of examples) expect(example, example).toMatch(/\.$/);
  });

  it("keeps media, renames columns and follows the purpose when told", async () => {
    const pictures = [{ messages: [user("a"), assistant("b")], images: ["x.png"] }];
    expect((await check(pictures, { media: "keep" })).good).toBe(1);
    const renamed = [{ q: "a", a: "b" }];
    expect((await check(renamed)).good).toBe(0);
    expect((await check(renamed, { columns: { q: "query", a: "response" } })).good).toBe(1);
    const open = [{ messages: [user("a")] }];
    expect((await check(open)).good).toBe(0);
    expect((await check(open, { purpose: "infer" })).good).toBe(1);
    expect((await check([{ text: "some text" }], { purpose: "pt" })).good).toBe(1);
  });

  it("of no rows is no success", async () => {
    expect(await check([])).toMatchObject({ rows: 0, good: 0, characters: { mean: 0, longest: 0 } });
  });
});
