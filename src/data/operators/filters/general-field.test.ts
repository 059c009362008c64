import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { generalFieldFilter } from "./general-field.ts";

describe("general_field_filter", () => {
  it.each(goldenCases("general_field_filter"))("measures and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(generalFieldFilter, golden.rows, golden.args);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });

  it.each([
    ["10 << 3", /column 5: < is not expected here/],
    ["open('x')", /column 5: functions cannot be called/],
    ["a ==", /column 5: the end is not expected here/],
    ["a = 3", /column 3: "=" cannot be understood/],
    ["(".repeat(200), /nested too deep/],
    ["__import__", undefined],
  ])("refuses %s", async (filter_condition, message) => {
    const done = runFilter(generalFieldFilter, [{ a: 1 }], { filter_condition });
    if (message === undefined) expect((await done)[0]?.keep).toBe(false);
    else await expect(done).rejects.toThrow(message);
  });
});
