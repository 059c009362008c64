import { describe, expect, it } from "vitest";
import { goldenCases } from "../testing/golden.ts";
import { runFilter } from "../testing/ready.ts";
import { specifiedNumericFieldFilter } from "./specified-numeric-field.ts";

describe("specified_numeric_field_filter", () => {
  it.each(goldenCases("specified_numeric_field_filter"))(
    "measures and decides as Data-Juicer: $args",
    async (golden) => {
      const results = await runFilter(specifiedNumericFieldFilter, golden.rows, golden.args);
      expect(results.map(({ stats }) => stats)).toEqual(golden.stats);
      expect(results.map(({ keep }) => keep)).toEqual(golden.keep);
    },
  );

  it("takes 0 for the number it is", async () => {
    const [zero] = await runFilter(specifiedNumericFieldFilter, [{ n: 0 }], { field_key: "n", min_value: -1 });
    expect(zero?.keep).toBe(true);
  });
});
