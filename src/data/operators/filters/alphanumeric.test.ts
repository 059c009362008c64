import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { alphanumericFilter } from "./alphanumeric.ts";

describe("alphanumeric_filter", () => {
  it.each(goldenCases("alphanumeric_filter"))("counts and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(alphanumericFilter, golden.rows, golden.args);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });
});
