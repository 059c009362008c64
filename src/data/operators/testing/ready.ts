/** For tests: operators made ready and applied to rows as the engine does it, one at a time. */
import type { RawObject } from "../../shapes/shape.ts";
import type { FilterOperator, Filter, MapperOperator, Operator, Stats } from "../operator.ts";
import { createSample } from "../sample.ts";
import type { OperatorTools } from "../tools.ts";

export const plainTools: OperatorTools = { seed: 42, resolve: (path) => path, allowCode: false };

type Given = Readonly<Record<string, unknown>>;

/** @throws ZodError for arguments that the schema refuses */
export function readyOf<Op extends Operator>(operator: Op, given: Given = {}, tools: OperatorTools = plainTools) {
  return operator.create(operator.schema.parse(given), tools) as Awaited<ReturnType<Op["create"]>>;
}

/** What a filter says of rows: statistics and decisions. A text stands for the row that has it. */
export async function runFilter(
  operator: FilterOperator,
  rows: readonly (string | RawObject)[],
  given: Given = {},
  tools: OperatorTools = plainTools,
): Promise<readonly { readonly stats: Stats; readonly keep: boolean }[]> {
  const filter: Filter = await readyOf(operator, given, tools);
  const results: { stats: Stats; keep: boolean }[] = [];
  for (const [i, row] of rows.entries()) {
    const sample = createSample(typeof row === "string" ? { text: row } : row, `rows.jsonl:${i + 1}`);
    const stats = await filter.measure(sample);
    results.push({ stats, keep: filter.keep(stats, sample) });
  }
  return results;
}

/** The rows that a mapper makes of rows. */
export async function runMapper(
  operator: MapperOperator,
  rows: readonly (string | RawObject)[],
  given: Given = {},
  tools: OperatorTools = plainTools,
): Promise<readonly RawObject[]> {
  const map = await readyOf(operator, given, tools);
  const results: RawObject[] = [];
  for (const [i, row] of rows.entries()) {
    const mapped = await map(createSample(typeof row === "string" ? { text: row } : row, `rows.jsonl:${i + 1}`));
    results.push(...(Array.isArray(mapped) ? (mapped as readonly RawObject[]) : [mapped as RawObject]));
  }
  return results;
}
