/** For tests: models whose answers can be computed by hand, and which remember what they were asked. */
import type { OperatorTools } from "../tools.ts";
import { plainTools } from "./ready.ts";

export interface FakeModel<Question> {
  readonly tools: OperatorTools;
  /** Questions of each call. */
  readonly calls: (readonly Question[])[];
}

const characters = (text: string): number => Array.from(text).length;

/** Loss: (2 + characters of prompt and text) / (1 + characters of the text), as the oracle has it; a word is a token. */
export function fakeScorer(): FakeModel<{ readonly prompt: string; readonly text: string }> {
  const calls: { prompt: string; text: string }[][] = [];
  return {
    calls,
    tools: {
      ...plainTools,
      score: async (items) => {
        calls.push(items.map((item) => ({ ...item })));
        return items.map(({ prompt, text }) => ({
          nll: (2 + characters(prompt + text)) / (1 + characters(text.trim())),
          tokens: text
            .trim()
            .split(/\s+/)
            .filter((word) => word !== "").length,
        }));
      },
    },
  };
}

/** A vector of three: letters a, letters b, and one. */
export function fakeEmbedder(): FakeModel<string> {
  const calls: string[][] = [];
  const count = (text: string, letter: string): number => text.split(letter).length - 1;
  return {
    calls,
    tools: {
      ...plainTools,
      embed: async (texts) => {
        calls.push([...texts]);
        return texts.map((text) => Float32Array.of(count(text, "a"), count(text, "b"), 1));
      },
    },
  };
}
