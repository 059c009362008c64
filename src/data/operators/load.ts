/**
 * Loads one operator without the others: workers need the few that a recipe names, not the packages of all. Its file
 * is found by its name: `words_num_filter` is in filters/words-num.ts. A test holds all names to that.
 */
import { internal } from "../../base/errors.ts";
import type { Operator } from "./operator.ts";

const folders: Readonly<Record<string, string>> = {
  filter: "filters",
  mapper: "mappers",
  deduplicator: "deduplicators",
  selector: "selectors",
  grouper: "groupers",
  aggregator: "aggregators",
};

export async function loadOperator(name: string): Promise<Operator> {
  const cut = name.lastIndexOf("_");
  const folder = folders[name.slice(cut + 1)] ?? internal(`there is no kind of operator for ${name}`);
  const file = name.slice(0, cut).replaceAll("_", "-");
  // One suffix in the source, another in the built package.
  const suffix = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  const module = (await import(new URL(`./${folder}/${file}${suffix}`, import.meta.url).href)) as object;
  const found = Object.values(module).find((value: unknown) => isOperator(value) && value.name === name);
  return (found as Operator | undefined) ?? internal(`${folder}/${file} does not hold ${name}`);
}

const isOperator = (value: unknown): value is Operator =>
  typeof value === "object" && value !== null && "schema" in value && "create" in value;
