import { expect, test } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { optimizerNames } from "../optim/index.ts";
import { configSource } from "./config-file.ts";
import type { Entry, Source } from "./entries.ts";
import { objectSource, savedSource } from "./entries.ts";
import { dataProcessRecipe } from "./data-process.ts";
import { inferRecipe, mergeLoraRecipe, parseRecipe, sftRecipe } from "./index.ts";

/** Flags as the command line yields them. */
function flags(values: Readonly<Record<string, readonly string[]>>): Source {
  const entries = Object.entries(values).map(([key, words]): Entry => ({ key, value: words, words, where: () => key }));
  return { entries };
}

function messageOf(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    if (isTunesmithError(error)) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

const needed = objectSource({ model: "m", dataset: ["a.jsonl"] }, "sft");

test("words take the type of their key", () => {
  const args = parseRecipe(sftRecipe, [
    flags({
      "--model": ["m"],
      "--dataset": ["a.jsonl", "b.csv#20"],
      "--lora_rank": ["4"],
      "--learning-rate": ["5e-5"],
      "--packing": [],
      "--strict": ["false"],
      "--columns": ['{"q":"query"}'],
      "--max-steps": ["-1"],
      "--train_type": ["lora"],
    }),
  ]);
  expect(args).toMatchObject({
    dataset: ["a.jsonl", "b.csv#20"],
    lora_rank: 4,
    learning_rate: 5e-5,
    packing: true,
    strict: false,
    columns: { q: "query" },
    tuner_type: "lora",
  });
});

test("later sources win, key by key", () => {
  const yaml = configSource("model: m\ndataset: a.jsonl\nlora_rank: 4\nlora_alpha: 8\n", "x.yaml");
  const args = parseRecipe(sftRecipe, [yaml, flags({ "--lora-rank": ["16"] })]);
  expect(args).toMatchObject({ lora_rank: 16, lora_alpha: 8, dataset: ["a.jsonl"] });
});

test("every mistake of a file is reported, with its line and column", () => {
  const yaml = configSource(
    [
      "model: m",
      "dataset: [a.jsonl, 7]",
      "lora_rnak: 8",
      "learning_rate: fast",
      "optim: adam",
      "lora_dropout: 1",
      "deepspeed: zero2",
      "cutoff_len: 512",
      "",
    ].join("\n"),
    "x.yaml",
  );
  expect(messageOf(() => parseRecipe(sftRecipe, [yaml]))).toBe(
    [
      "E_RECIPE_INVALID: 7 mistakes in the arguments of sft:",
      "  x.yaml:3:1: unknown key lora_rnak; did you mean lora_rank?",
      "  x.yaml:7:1: unknown key deepspeed; leave it out: one process trains on one device.",
      "  x.yaml:8:1: unknown key cutoff_len; the word here is max_length.",
      "  x.yaml:2:20: dataset: expected a list, each entry a text; entry 2 is 7.",
      "  x.yaml:6:15: lora_dropout: expected a number at least 0 and below 1; got 1.",
      `  x.yaml:5:8: optim: expected one of ${optimizerNames.join(", ")}; got "adam".`,
      '  x.yaml:4:16: learning_rate: expected a number above 0; got "fast".',
      " `tunesmith sft --help` lists every key.",
    ].join("\n"),
  );
});

test("flags are suggested as flags", () => {
  expect(messageOf(() => parseRecipe(sftRecipe, [needed, flags({ "--lora-rnak": ["8"] })]))).toBe(
    "E_RECIPE_INVALID: --lora-rnak: unknown key --lora-rnak; did you mean --lora-rank? " +
      "`tunesmith sft --help` lists every key.",
  );
  expect(messageOf(() => parseRecipe(sftRecipe, [needed, flags({ "--lr": ["8"] })]))).toContain(
    "the word here is --learning-rate.",
  );
  expect(messageOf(() => parseRecipe(sftRecipe, [needed, flags({ "--constructor": ["8"] })]))).toContain(
    "unknown key --constructor.",
  );
});

const parsers = {
  sft: (given: Source) => parseRecipe(sftRecipe, [given]),
  infer: (given: Source) => parseRecipe(inferRecipe, [given]),
  merge: (given: Source) => parseRecipe(mergeLoraRecipe, [given]),
};

test.each([
  ["sft", { dataset: ["a"] }, "--model: is needed"],
  ["sft", { model: "m" }, "--dataset: is needed"],
  ["sft", { model: "m", dataset: ["a"], max_steps: 0 }, "args.max_steps: max_steps: must not be 0"],
  ["sft", { model: "m", dataset: ["a"], target_regex: "(" }, "is not a regular expression"],
  ["sft", { model: "m", dataset: ["a"], early_stopping_patience: 2 }, "needs something to evaluate on"],
  ["sft", { model: "m", dataset: ["a"], val_dataset: ["b"], split_dataset_ratio: 0.1 }, "cannot be given together"],
  ["infer", {}, "--model: is needed"],
  ["infer", { model: "m", prompt: "a", val_dataset: ["b"] }, "cannot be given together"],
  ["merge", { adapters: ["a", "b"] }, "must be one folder"],
] as const)("%s with %j", (verb, given, expected) => {
  expect(messageOf(() => parsers[verb](objectSource(given, "args")))).toContain(expected);
});

test("a key and its alias in one source", () => {
  expect(
    messageOf(() => parseRecipe(sftRecipe, [needed, flags({ "--tuner-type": ["lora"], "--train_type": ["lora"] })])),
  ).toContain("--train_type and --tuner-type are the same key");
});

test("saved arguments pass over what the verb lacks", () => {
  const saved = savedSource({ model: "m", system: "be brief", lora_rank: 8, seed: null }, "run/args.json");
  expect(parseRecipe(inferRecipe, [saved])).toMatchObject({ model: "m", system: "be brief", seed: 42 });
});

test.each([
  ["allow_code: true", "allow_code", "--allow-code"],
  ["ray_python: ./python.sh", "ray_python", "--ray-python"],
  ["ray_address: 203.0.113.9:6379", "ray_address", "--ray-address"],
])("a file does not consent to what it brings: %s", (line, key, flag) => {
  const yaml = configSource(`dataset_path: a.jsonl\nexport_path: b.jsonl\n${line}\n`, "x.yaml");
  expect(messageOf(() => parseRecipe(dataProcessRecipe, [yaml]))).toContain(
    `x.yaml:3:1: ${key}: a file cannot allow this for itself; if you trust it, give ${flag}`,
  );
  const word = line === "allow_code: true" ? [] : ["mine"];
  const args = parseRecipe(dataProcessRecipe, [yaml, flags({ [flag]: word })]);
  expect(args).toMatchObject({ [key]: word[0] ?? true });
});

test("a file may say what holds without it", () => {
  const yaml = configSource("dataset_path: a\nexport_path: b\nallow_code: false\nray_address: auto\n", "x.yaml");
  expect(parseRecipe(dataProcessRecipe, [yaml])).toMatchObject({ allow_code: false, ray_address: "auto" });
});
