/** Examples that a run of `data process` noted, from the files beside its result. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readJsonl } from "../../formats/jsonl.ts";
import type { Trace } from "./page/process-page.ts";

/** By place in the recipe: "02-words_num_filter.jsonl" is that of the second operator. */
export async function readTraces(folder: string | undefined): Promise<ReadonlyMap<number, readonly Trace[]>> {
  const traces = new Map<number, readonly Trace[]>();
  if (folder === undefined) return traces;
  for (const name of (await readdir(folder)).sort()) {
    const place = Number(/^(\d+)-/.exec(name)?.[1] ?? Number.NaN) - 1;
    if (Number.isNaN(place)) continue;
    const entries: Trace[] = [];
    for await (const { value } of readJsonl(join(folder, name))) if (value !== undefined) entries.push(value as Trace);
    traces.set(place, entries);
  }
  return traces;
}
