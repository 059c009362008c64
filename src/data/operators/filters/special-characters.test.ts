import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { specialCharactersFilter } from "./special-characters.ts";

describe("special_characters_filter", () => {
  it.each(goldenCases("special_characters_filter"))("measures and decides as Data-Juicer: $args", async (golden) => {
    const results = await runFilter(specialCharactersFilter, golden.rows, golden.args);
    expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
    expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
  });
});
