import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { readyOf, runMapper } from "../testing/ready.ts";
import { textChunkMapper } from "./text-chunk.ts";

describe("text_chunk_mapper", () => {
  it.each(goldenCases("text_chunk_mapper"))("cuts texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(textChunkMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("carries the other columns to each chunk", async () => {
    const rows = await runMapper(textChunkMapper, [{ id: 7, text: "a\n\nb" }]);
    expect(rows).toEqual([
      { id: 7, text: "a" },
      { id: 7, text: "b" },
    ]);
  });

  it("counts tokens with a tokenizer", async () => {
    const tokenizer = "assets/stories260k";
    const text = "Once upon a time there was a small dog. It had a red ball.";
    const rows = await runMapper(textChunkMapper, [{ text }], { tokenizer, max_len: 8, split_pattern: null });
    expect(rows.length).toBeGreaterThan(2);
    expect(
      rows
        .map((row) => row["text"])
        .join("")
        .replaceAll(" ", ""),
    ).toBe(text.replaceAll(" ", ""));
    const cut = await runMapper(textChunkMapper, [{ text }], { tokenizer, max_len: 16, split_pattern: "[.] " });
    expect(cut.at(-1)).toEqual({ text: "It had a red ball." });
  });

  it("is quick on long texts", async () => {
    const text = "abcd ".repeat(100_000);
    expect(await runMapper(textChunkMapper, [{ text }], { max_len: 10 })).toHaveLength(50_000);
    expect(await runMapper(textChunkMapper, [{ text }], { max_len: 10, split_pattern: " " })).toHaveLength(50_000);
  });

  it("ends where a pattern finds nothing at the very start", async () => {
    const rows = await runMapper(textChunkMapper, ["abcdef"], { max_len: 2, split_pattern: "^" });
    expect(rows.map((row) => row["text"])).toEqual(["ab", "cd", "ef"]);
  });

  it.each([
    [{ split_pattern: null }, "text_chunk_mapper: there is neither max_len nor split_pattern."],
    [{ max_len: 3, overlap_len: 3 }, "text_chunk_mapper.overlap_len: overlap_len is not below max_len."],
    [{ split_pattern: "(" }, "text_chunk_mapper.split_pattern"],
  ])("refuses %j", async (given, problem) => {
    await expect(readyOf(textChunkMapper, given)).rejects.toThrow(problem);
  });
});
