import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, it } from "vitest";
import { readParquet } from "./parquet.ts";
import { writeParquet } from "./parquet-writer.ts";

it("rows of a large group come in their order, decoded some at a time", async () => {
  const folder = await mkdtemp(join(tmpdir(), "parquet-"));
  try {
    const path = join(folder, "large.parquet");
    // Repeated values make dictionaries, absent ones levels; pages of the columns end at different rows.
    const rowAt = (id: number) => ({
      id,
      text: `row ${id} `.repeat(60 + (id % 50)),
      ...(id % 3 === 0 ? {} : { kind: `k${id % 4}` }),
    });
    const count = 30_000;
    const columns = { id: { kind: "integer" }, text: { kind: "text" }, kind: { kind: "text" } } as const;
    async function* rows() {
      for (let id = 0; id < count; id++) yield { row: rowAt(id), bytes: 1 };
    }
    await writeParquet(path, columns, rows(), { groupRows: count });
    let id = 0;
    let wrong = 0;
    for await (const { line, value } of readParquet(path)) {
      if (line !== id + 1 || JSON.stringify(value) !== JSON.stringify(rowAt(id))) wrong++;
      id++;
    }
    expect([id, wrong]).toEqual([count, 0]);
    const limited = readParquet(path, { maxGroupBytes: 1000 });
    await expect(limited.next()).rejects.toThrow(/E_DATA_FILE: .*a row group takes .* 1000 bytes are allowed/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("a page of many values is decoded once, and made objects of some at a time", async () => {
  const folder = await mkdtemp(join(tmpdir(), "parquet-"));
  try {
    const path = join(folder, "runs.parquet");
    // A few kilobytes: runs of equal values, with a border after which the kind changes.
    const count = 1_000_000;
    const kindOf = (i: number): string => (i < 700_001 ? "first" : "second");
    const data = (at: (i: number) => string): string[] => Array.from({ length: count }, (_, i) => at(i));
    const columnData = [
      { name: "kind", type: "STRING" as const, data: data(kindOf) },
      { name: "text", type: "STRING" as const, data: data(() => "the same") },
    ];
    await writeFile(path, Buffer.from(parquetWriteBuffer({ columnData, rowGroupSize: count })));
    let [seen, wrong] = [0, 0];
    for await (const { line, value } of readParquet(path)) {
      const { kind, text } = value as { readonly kind: string; readonly text: string };
      if (line !== ++seen || kind !== kindOf(line - 1) || text !== "the same") wrong++;
    }
    expect([seen, wrong]).toEqual([count, 0]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
