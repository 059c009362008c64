import { expect, it } from "vitest";
import { operators } from "../data/operators/index.ts";
import { dataJuicerOperators } from "./data-juicer-operators.ts";
import { readProcess } from "./operator-list.ts";
import { rayNames } from "./ray-names.ts";
import type { Override } from "./recipe.ts";

const read = (process: readonly unknown[], overrides: readonly Override[] = []) => {
  const problems: string[] = [];
  const report = (_key: string, problem: string): void => void problems.push(problem);
  const steps = readProcess(process, { overrides, common: {}, report });
  return { names: steps.map(({ name }) => name), args: steps.map(({ args }) => args), problems };
};

it("are names of Data-Juicer for operators that are here", () => {
  for (const [name, own] of rayNames) {
    expect(dataJuicerOperators.has(name)).toBe(true);
    expect(operators.get(own)?.kind).toBe("deduplicator");
  }
});

it("read as the same operators, without what is said of actors", () => {
  const given = read([
    { ray_bts_minhash_deduplicator: { window_size: 3, union_find_parallel_num: "auto", union_threshold: 256 } },
    { ray_document_deduplicator: { lowercase: true, backend: "redis", redis_address: "redis://localhost:6379" } },
    "ray_image_deduplicator",
  ]);
  const plain = read([
    { document_minhash_deduplicator: { window_size: 3 } },
    { document_deduplicator: { lowercase: true } },
    "image_deduplicator",
  ]);
  expect(given).toEqual(plain);
  expect(plain.problems).toEqual([]);
});

it("are what flags name", () => {
  const [operator, argument] = ["ray_document_deduplicator", "lowercase"];
  const override = { operator, argument, word: "true", where: `--${operator}.${argument}` };
  const { args, problems } = read([operator, "document_deduplicator"], [override]);
  expect(args.map(({ lowercase }) => lowercase)).toEqual([true, false]);
  expect(problems).toEqual([]);
});

it("keep other mistakes, and leave plain operators as strict as they are", () => {
  expect(read([{ ray_document_deduplicator: { lowercse: true } }]).problems[0]).toContain("did you mean lowercase?");
  expect(read([{ document_deduplicator: { backend: "redis" } }]).problems).toHaveLength(1);
});
