import { expect, test } from "vitest";
import { operators } from "../../../data/operators/index.ts";
import { statisticTexts } from "./statistic-texts.ts";

test("each statistic that an analysis may show has its text, and nothing else has one", () => {
  const measuring = [...operators.values()].filter(({ kind }) => kind === "filter" || kind === "mapper");
  const names = measuring.flatMap(({ stats }) => stats.filter((name) => !name.endsWith("_record")));
  expect(Object.keys(statisticTexts)).toEqual([...new Set(names)].sort());
});
