import { expect, test } from "vitest";
import { editDistance, suggest } from "./suggest.ts";

test.each([
  ["", "", 0],
  ["abc", "", 3],
  ["kitten", "sitting", 3],
  ["rnak", "rank", 1],
  ["ca", "abc", 3],
])("distance of %j and %j is %i", (a, b, expected) => {
  expect(editDistance(a, b)).toBe(expected);
  expect(editDistance(b, a)).toBe(expected);
});

const keys = ["learning_rate", "lora_rank", "lora_alpha", "warmup_ratio", "model", "top_p", "top_k"];

test.each([
  ["lora_rnak", "lora_rank"],
  ["loraRank", "lora_rank"],
  ["lora-rank", "lora_rank"],
  ["LearningRate", "learning_rate"],
  ["modle", "model"],
  ["learning", "learning_rate"],
  ["topp", "top_p"],
  ["deepspeed", undefined],
  ["x", undefined],
])("%s suggests %s", (word, expected) => {
  expect(suggest(word, keys)).toBe(expected);
});
