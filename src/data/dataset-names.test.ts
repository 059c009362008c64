import { expect, test } from "vitest";
import { datasetNames } from "./dataset-names.ts";

test("datasets are called after their files, with as much of the path as tells them apart", () => {
  expect(datasetNames(["data/math.jsonl", "code.parquet#500", "chats/", "x/logs.jsonl.gz"])).toEqual([
    "math",
    "code",
    "chats",
    "logs",
  ]);
  expect(datasetNames(["a/train.jsonl", "b/train.jsonl", "c.jsonl"])).toEqual(["a/train", "b/train", "c"]);
  expect(datasetNames(["a.jsonl", "a.jsonl#5", "a.csv"])).toEqual(["a", "a-2", "a-3"]);
  expect(datasetNames(["a\\b.json"])).toEqual(["b"]);
});
