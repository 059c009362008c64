import { describe, expect, test } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { configSource } from "./config-file.ts";
import { onlyOff, withoutEffect } from "./data-juicer-keys.ts";
import { dataProcessRecipe } from "./data-process.ts";
import type { Entry, Source } from "./entries.ts";
import { parseRecipe } from "./parse.ts";

const file = (...lines: readonly string[]): Source => configSource(lines.join("\n"), "clean.yaml");

const flags = (values: Readonly<Record<string, string>>): Source => ({
  entries: Object.entries(values).map(([key, word]): Entry => ({ key, value: word, words: [word], where: () => key })),
});

const paths = ["dataset_path: in.jsonl", "export_path: out.jsonl"] as const;

const parse = (...sources: readonly Source[]) => parseRecipe(dataProcessRecipe, sources);

function mistakes(...sources: readonly Source[]): readonly string[] {
  try {
    parse(...sources);
  } catch (error) {
    if (!isTunesmithError(error, "E_RECIPE_INVALID")) throw error;
    const { where, what } = error;
    return where === undefined ? what.trim().split("\n  ").slice(1) : [`${where}: ${what}`];
  }
  throw new Error("nothing was thrown");
}

describe("a recipe of Data-Juicer", () => {
  test("as it is: operators with arguments, without, or as bare names; null is the default", () => {
    const { process, ...args } = parse(
      file(
        ...paths,
        "text_keys: [body, title]",
        "process:",
        "  - words_num_filter: {min_num: 3, max_num: null, num_proc: 4}",
        "  - clean_links_mapper:",
        "  - document_deduplicator",
      ),
    );
    expect(process.map(({ name, place }) => [name, place])).toEqual([
      ["words_num_filter", 0],
      ["clean_links_mapper", 1],
      ["document_deduplicator", 2],
    ]);
    expect(process[0]?.args).toMatchObject({ min_num: 3, text_key: "body", lang: "en" });
    expect(process[0]?.args).not.toHaveProperty("num_proc");
    expect(process[0]?.unused).toEqual(["num_proc"]);
    expect(args).toMatchObject({ dataset_path: ["in.jsonl"], export_type: "jsonl", text_key: "body" });
  });

  test("with keys that have no effect here", () => {
    const given = Object.keys(withoutEffect).map((key) => `${key}: 1`);
    expect(parse(file(...paths, ...given))).toMatchObject({ turbo: 1, use_cache: 1, add_suffix: 1 });
  });

  test.each(["false", "null", "{}", "[]"])("with keys that are off: %s", (off) => {
    const given = Object.keys(onlyOff).map((key) => `${key}: ${off}`);
    expect(parse(file(...paths, ...given)).dataset_path).toEqual(["in.jsonl"]);
  });

  test("but not with those that would change the result", () => {
    expect(mistakes(file(...paths, "encrypt_before_export: true"))).toEqual([
      "clean.yaml:3:1: encrypt_before_export: has no meaning here: results are not encrypted.",
    ]);
  });

  test("and reads dataset_path, not dataset, when both are given", () => {
    const both = file(
      "dataset: {configs: [{type: local, path: a.jsonl}]}",
      "export_path: o.json",
      "dataset_path: b.jsonl",
    );
    expect(parse(both).dataset_path).toEqual(["b.jsonl"]);
  });

  test("names its data as a path, a list, or as local datasets", () => {
    const dataset = (...lines: readonly string[]) => parse(file(...lines, "export_path: o.json")).dataset_path;
    expect(dataset("dataset_path: [a.jsonl, b]")).toEqual(["a.jsonl", "b"]);
    expect(dataset("dataset: {configs: [{type: local, path: a}, {type: local, path: b, weight: 1}]}")).toEqual([
      "a",
      "b",
    ]);
    expect(
      mistakes(file("dataset: {configs: [{type: remote}, {type: local, weight: 2}]}", "export_path: o.json")),
    ).toEqual([
      "clean.yaml:1:28: dataset: type remote is not supported: only local files are.",
      "clean.yaml:1:37: dataset: a local dataset needs its path.",
      "clean.yaml:1:59: dataset: weights are not supported here; sft and pt mix datasets.",
    ]);
  });

  test("says the format by the suffix of the result, or by export_type", () => {
    const type = (path: string, ...more: readonly string[]) =>
      parse(file("dataset_path: a.jsonl", `export_path: ${path}`, ...more)).export_type;
    expect(type("a/b.PARQUET")).toBe("parquet");
    expect(type("a/b")).toBe("jsonl");
    expect(type("a.txt", "export_type: json")).toBe("json");
    expect(mistakes(file("dataset_path: a.jsonl", "export_path: a.txt"))).toEqual([
      "clean.yaml:2:14: export_path: must end with .jsonl, .json, .parquet, or export_type must say the format.",
    ]);
  });
});

describe("mistakes", () => {
  test("are told all at once, each with its line and column", () => {
    const yaml = file(
      "dataset_path: in.jsonl",
      "export_pth: out.jsonl",
      "np: -1",
      "process:",
      "  - words_num_filter:",
      "      min_nmu: 3",
      "      max_num: many",
      "  - wrods_num_filter:",
      "  - image_nsfw_filter:",
      "      hf_nsfw_model: x",
      "  - video_nsfw_filter:",
      "  - clean_links_mapper: 7",
      "  - {clean_links_mapper: {}, clean_email_mapper: {}}",
      "  - topk_specified_field_selector: {topk: few}",
      "max_memory: lots",
      "op_list_to_trace: [clean_link_mapper]",
    );
    expect(mistakes(yaml)).toEqual([
      "clean.yaml:2:1: unknown key export_pth; did you mean export_path?",
      "clean.yaml:3:5: np: expected a whole number at least 0; got -1.",
      "--export-path: is needed: the file of the result, for example clean.jsonl.",
      'clean.yaml:7:16: process: words_num_filter.max_num: expected a whole number; got "many".',
      "clean.yaml:6:16: process: words_num_filter.min_nmu: unknown argument of words_num_filter; did you mean min_num?",
      "clean.yaml:8:5: process: unknown operator wrods_num_filter; did you mean words_num_filter?",
      "clean.yaml:9:5: process: image_nsfw_filter is an operator of Data-Juicer that Tunesmith does not have.",
      "clean.yaml:11:5: process: video_nsfw_filter is an operator of Data-Juicer that Tunesmith does not have.",
      "clean.yaml:12:25: process: clean_links_mapper: expected arguments as a map; got 7.",
      "clean.yaml:13:5: process: expected the name of an operator with its arguments below it.",
      'clean.yaml:14:43: process: topk_specified_field_selector.topk: expected a whole number at least 1; got "few".',
      "clean.yaml:16:20: op_list_to_trace: the recipe has no clean_link_mapper; did you mean clean_links_mapper?",
      'clean.yaml:15:13: max_memory: expected a size such as 512MB or 1GiB; got "lots".',
    ]);
  });

  test("of names that objects have by themselves are none", () => {
    const [first] = mistakes(file(...paths, "process:", "  - constructor:", "  - words_num_filter: {__proto__: 1}"));
    expect(first).toContain("unknown operator constructor.");
  });

  test("a ceiling below which nothing works", () => {
    expect(mistakes(file(...paths, "max_memory: 100MiB"))).toEqual([
      "clean.yaml:3:13: max_memory: must be at least 320MiB, the least with which one worker works; got 100MiB.",
    ]);
  });
});

describe("--operator.argument", () => {
  const yaml = file(
    ...paths,
    "process:",
    "  - words_num_filter: {min_num: 3}",
    "  - words_num_filter:",
    "  - clean_links_mapper:",
  );

  test("changes an argument of every operator of that name", () => {
    const given = {
      "--words_num_filter.min_num": "7",
      "--words-num-filter.tokenization": "true",
      "--clean_links_mapper.repl": "7",
    };
    const { process } = parse(yaml, flags(given));
    expect(process.map(({ args }) => [args["min_num"], args["tokenization"], args["repl"]])).toEqual([
      [7, true, undefined],
      [7, true, undefined],
      [undefined, undefined, "7"],
    ]);
  });

  test("that is wrong is told by its flag", () => {
    const given = {
      "--words_num_filter.min_num": "many",
      "--word_num_filter.min_num": "1",
      "--clean_links_mapper.rpl": "x",
    };
    expect(mistakes(yaml, flags(given))).toEqual([
      "--word_num_filter.min_num: the recipe has no word_num_filter; did you mean words_num_filter?",
      '--words_num_filter.min_num: expected a whole number; got "many".',
      '--words_num_filter.min_num: expected a whole number; got "many".',
      "--clean_links_mapper.rpl: unknown argument of clean_links_mapper; did you mean repl?",
    ]);
  });
});
