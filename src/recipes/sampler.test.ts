import { describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { configSource } from "./config-file.ts";
import { objectSource, parseRecipe, savedSource, sftRecipe } from "./index.ts";

const needed = { model: "m", dataset: ["a.jsonl", "b.jsonl"] };
const parse = (given: Readonly<Record<string, unknown>>) =>
  parseRecipe(sftRecipe, [objectSource({ ...needed, ...given }, "sft")]);

function messageOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (isTunesmithError(error, "E_RECIPE_INVALID")) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}
const refused = (given: Readonly<Record<string, unknown>>): string => messageOf(() => parse(given));

describe("sampler", () => {
  it("fills in what its arguments leave open, also when they come from args.json again", () => {
    const args = parse({ sampler: "rs2", sampler_args: { ratio: 0.2 } });
    expect(args.sampler_args).toEqual({ ratio: 0.2, replacement: false });
    const saved = JSON.parse(JSON.stringify(args)) as Record<string, unknown>;
    expect(parseRecipe(sftRecipe, [savedSource(saved, "args.json")]).sampler_args).toEqual(args.sampler_args);
  });

  it("reports every mistake of a YAML file at its place, with a suggestion", () => {
    const yaml = configSource(
      [
        "model: m",
        "dataset: [a.jsonl, b.jsonl]",
        "packing: true",
        "sampler: mixture",
        "sampler_args:",
        "  weight: [1, 2]",
        "  temperature: -1",
        "learning_rate: fast",
      ].join("\n"),
      "run.yaml",
    );
    const told = messageOf(() => parseRecipe(sftRecipe, [yaml]));
    expect(told).toContain("run.yaml:6");
    expect(told).toContain("mixture.weight: unknown argument of mixture; did you mean weights?");
    expect(told).toContain("run.yaml:7");
    expect(told).toContain("mixture.temperature: expected a number above 0; got -1.");
    expect(told).toContain("packing: cannot be used with the sampler mixture");
    expect(told).toContain("learning_rate");
  });

  it("reports arguments that contradict each other", () => {
    expect(refused({ sampler: "top_k", sampler_args: { score_key: "s" } })).toContain(
      "top_k.ratio: is needed, or count",
    );
    expect(refused({ sampler: "points", sampler_args: { max_repetition: 1 } })).toContain("points.max_repetition");
    expect(refused({ sampler_args: { ratio: 1 } })).toContain("unknown argument of shuffle, which has none");
    expect(refused({ sampler: "mixtures" })).toContain("expected one of shuffle, mixture");
    expect(refused({ sampler: "skill_it", sampler_args: { graph: [[1, "x"]] }, val_dataset: ["v"] })).toContain(
      "The mistake is at 0, 1.",
    );
  });

  it("refuses what does not go together", () => {
    const graph = {
      sampler: "skill_it",
      sampler_args: {
        graph: [
          [1, 0.5],
          [0, 1],
        ],
      },
    };
    expect(refused(graph)).toContain("skill_it learns from evaluation losses");
    expect(parse({ ...graph, split_dataset_ratio: 0.1 }).sampler).toBe("skill_it");
    expect(refused({ sampler: "rs2", dataset_shuffle: false })).toContain("dataset_shuffle: must be on");
    expect(refused({ sampler: "mixture", group_by_length: true })).toContain(
      "group_by_length: cannot be used with the",
    );
    expect(refused({ packing: true, group_by_length: true })).toContain("group_by_length: cannot be used with packing");
    expect(refused({ dataset_shuffle: false, group_by_length: true })).toContain("dataset_shuffle is off");
    expect(parse({ sampler: "pareto", sampler_args: { score_key: "s" }, group_by_length: true }).sampler).toBe(
      "pareto",
    );
    expect(parse({ sampler: "top_k", sampler_args: { score_key: "s", count: 5 }, packing: true }).packing).toBe(true);
  });
});

describe("interleaving", () => {
  it("takes one probability for each dataset", () => {
    expect(parse({ interleave_prob: [0.5, 0.5] })).toMatchObject({ stopping_strategy: "first_exhausted" });
    expect(refused({ interleave_prob: [1] })).toContain("1 probabilities for 2 datasets");
    expect(refused({ interleave_prob: [0.5, 0.6] })).toContain("must add up to 1");
    expect(refused({ interleave_prob: [0.5, 0.5], sampler: "mixture" })).toContain(
      "says itself how datasets are mixed",
    );
  });
});
