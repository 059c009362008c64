/** The tables of operators are complete, and every operator tells what it is. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type * as z from "zod";
import { baseArgs, filterArgs } from "./args.ts";
import { operators } from "./index.ts";
import type { Operator } from "./operator.ts";

/** The folder of each kind, and how its names end in Data-Juicer. */
const folders = {
  filters: "filter",
  mappers: "mapper",
  deduplicators: "deduplicator",
  selectors: "selector",
  groupers: "grouper",
  aggregators: "aggregator",
} as const;

const isOperator = (value: unknown): value is Operator =>
  typeof value === "object" && value !== null && "kind" in value && "schema" in value && "create" in value;

interface Found {
  readonly folder: keyof typeof folders;
  /** Without its ending. */
  readonly file: string;
  readonly operator: Operator;
}

/** Every operator that a file of an operator folder exports, whether it is in a table or not. */
async function findOperators(): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const folder of Object.keys(folders) as (keyof typeof folders)[]) {
    const names = readdirSync(new URL(`./${folder}/`, import.meta.url));
    for (const name of names) {
      if (!name.endsWith(".ts") || name.endsWith(".test.ts") || name === "index.ts") continue;
      const file = name.slice(0, -3);
      const exported = (await import(`./${folder}/${file}.ts`)) as Readonly<Record<string, unknown>>;
      for (const value of Object.values(exported)) {
        if (isOperator(value)) found.push({ folder, file, operator: value });
      }
    }
  }
  return found;
}

const found = await findOperators();

/** Texts of all tests of operators but this one. */
const tests = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".test.ts") && path !== "operators.test.ts")
  .map((path) => readFileSync(new URL(`./${path}`, import.meta.url), "utf8"));

it("finds operators of every kind in their folders", () => {
  expect(new Set(found.map(({ folder }) => folder)).size).toBeGreaterThanOrEqual(5);
  expect(found.length).toBeGreaterThan(50);
});

it("has every operator in the table once, and no others", () => {
  const names = found.map(({ operator }) => operator.name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  expect([...operators.keys()].sort()).toEqual([...names].sort());
  for (const { operator } of found) expect(operators.get(operator.name)).toBe(operator);
});

describe.each(found.map((one) => [one.operator.name, one] as const))("%s", (name, { folder, file, operator }) => {
  it("is named after its file and folder", () => {
    expect(name).toBe(`${file.replaceAll("-", "_")}_${folders[folder]}`);
  });

  it("has a test beside it, or one that names it", () => {
    const beside = existsSync(new URL(`./${folder}/${file}.test.ts`, import.meta.url));
    expect(beside || tests.some((text) => text.includes(name))).toBe(true);
  });

  it("says in a sentence what it does, and in sentences where it differs", () => {
    expect(operator.summary).toMatch(/^[A-Z].{10,160}\.$/);
    if (operator.differs !== undefined) expect(operator.differs).toMatch(/^\S[^]*\.$/);
  });

  it("describes every argument", () => {
    const undescribed = Object.entries(operator.schema.shape as Readonly<Record<string, z.ZodType>>)
      .filter(([, argument]) => !/^[^a-z].*\.$/.test(argument.meta()?.description ?? ""))
      .map(([key]) => key);
    expect(undescribed).toEqual([]);
  });

  it("has the arguments of its kind, and refuses others", () => {
    const common = operator.kind === "filter" ? { ...baseArgs, ...filterArgs } : baseArgs;
    expect(Object.keys(operator.schema.shape)).toEqual(expect.arrayContaining(Object.keys(common)));
    const { error } = operator.schema.safeParse({ no_such_argument: 1 });
    expect(error?.issues.map(({ code }) => code)).toContain("unrecognized_keys");
  });

  it("has defaults that its schema takes", () => {
    const shape = operator.schema.shape as Readonly<Record<string, z.ZodType>>;
    const optional = Object.entries(shape).filter(([, argument]) => argument.safeParse(undefined).success);
    const defaults = Object.fromEntries(optional.map(([key, argument]) => [key, argument.parse(undefined)]));
    const again = operator.schema.safeParse(defaults);
    expect(again.error?.issues.filter(({ path }) => defaults[String(path[0])] !== undefined) ?? []).toEqual([]);
    // What has no default is asked for by name.
    const missing = operator.schema.safeParse({}).error?.issues.map(({ path }) => path[0]) ?? [];
    expect([...missing].sort()).toEqual(
      Object.keys(shape)
        .filter((key) => !(key in defaults))
        .sort(),
    );
  });
});
