import { expect, test } from "vitest";
import { diversityOf } from "./diversity.ts";
import { instructionOf } from "./instruction.ts";
import { findVerbNoun } from "./verb-noun.ts";

test.each([
  ["Describe a process of making crepes.", "describe process"],
  ["Transform the following sentence using a synonym: The car sped quickly.", "transform sentence"],
  ["Give me two examples of renewable energy sources.", "give example"],
  ["From the list of words, identify the two-word compound antonym of the word 'injustice'.", "identify antonym"],
  ["Adapt the provided joke to make it more humorous.", "adapt joke"],
  ["Brainstorm a list of titles for a photo album", "brainstorm list"],
  ["Please write a poem. Then read the poem.", "write poem"],
  ["How would you generate random numbers between 1 and 10 in Java?", "generate number"],
  ["Given the parameters of a triangle, find out its perimeter.", "find perimeter"],
  ["Explain what a circuit breaker is.", "explain"],
  ["What are the benefits of exercising?", undefined],
  ["", undefined],
  ["12345 ???", undefined],
])("%s", (instruction, phrase) => {
  expect(findVerbNoun(instruction)).toBe(phrase);
});

test("what a row asks for", () => {
  const messages = [
    { role: "system", content: "be kind" },
    { role: "user", content: "Write a poem" },
  ];
  expect(instructionOf({ messages })).toBe("Write a poem");
  expect(instructionOf({ question: "How many?", answer: "3" })).toBe("How many?");
  expect(instructionOf({ conversations: [{ from: "gpt", value: "Hello" }] })).toBeUndefined();
  expect(instructionOf({ text: "Once upon a time" })).toBeUndefined();
  expect(instructionOf({ other: 3 })).toBeUndefined();
});

test("verbs with most objects, each with its nouns", () => {
  const phrases = new Map([
    ["write poem", 3],
    ["write story", 5],
    ["explain", 9],
    ["give example", 2],
  ]);
  expect(diversityOf(phrases, 20)).toEqual({
    read: 20,
    withObject: 10,
    pairs: 3,
    verbs: [
      {
        verb: "write",
        count: 8,
        nouns: [
          { name: "story", count: 5 },
          { name: "poem", count: 3 },
        ],
      },
      { verb: "give", count: 2, nouns: [{ name: "example", count: 2 }] },
    ],
  });
});
