import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { readyOf, runMapper } from "../testing/ready.ts";
import { replaceContentMapper } from "./replace-content.ts";

describe("replace_content_mapper", () => {
  it.each(goldenCases("replace_content_mapper"))("changes texts as Data-Juicer: $args", async (golden) => {
    expect(await runMapper(replaceContentMapper, golden.rows, golden.args)).toEqual(golden.result);
  });

  it("refuses too few replacements, unknown groups and what JavaScript cannot do", async () => {
    const ready = (given: Readonly<Record<string, unknown>>) => readyOf(replaceContentMapper, given);
    await expect(ready({ pattern: ["a", "b"], repl: ["x"] })).rejects.toThrow(
      "there are 1 replacements for 2 patterns.",
    );
    await expect(ready({ pattern: "a", repl: "\\2" })).rejects.toThrow(
      "replace_content_mapper.repl: \\2 names a group",
    );
    await expect(ready({ pattern: "(?>a)" })).rejects.toThrow(
      "replace_content_mapper.pattern, character 1: atomic groups",
    );
    expect(replaceContentMapper.differs).toContain("atomic groups");
  });
});
