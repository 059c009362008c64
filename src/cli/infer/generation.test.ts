import { expect, test } from "vitest";
import { inferRecipe, objectSource, parseRecipe } from "../../recipes/index.ts";
import { generationOf } from "./generation.ts";

const greedy = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
const file = { do_sample: true, temperature: 0.7, top_k: 20, top_p: 0.8, repetition_penalty: 1.05 };

test.each([
  ["nothing said", {}, undefined, greedy],
  ["the file samples", {}, file, { temperature: 0.7, topK: 20, topP: 0.8, minP: 0, repetitionPenalty: 1.05 }],
  [
    "the file does not sample",
    {},
    { ...file, do_sample: false },
    { ...greedy, topK: 20, topP: 0.8, repetitionPenalty: 1.05 },
  ],
  ["temperature 0 wins", { temperature: 0 }, file, { ...greedy, topK: 20, topP: 0.8, repetitionPenalty: 1.05 }],
  [
    "a flag wins",
    { temperature: 1.5, top_k: 0 },
    file,
    { temperature: 1.5, topK: 0, topP: 0.8, minP: 0, repetitionPenalty: 1.05 },
  ],
  ["top_p alone asks for sampling", { top_p: 0.9 }, undefined, { ...greedy, temperature: 1, topP: 0.9 }],
])("%s", (_, flags, config, expected) => {
  const args = parseRecipe(inferRecipe, [objectSource({ model: "m", ...flags }, "infer")]);
  expect(generationOf(args, config)).toEqual(expected);
});
