import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomAt } from "../../base/random.ts";
import { groupRows, readValues } from "./read-values.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "values-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, values: readonly unknown[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, values.map((value) => `${JSON.stringify(value) ?? ""}\n`).join(""));
  return path;
}

describe("values of all rows", () => {
  it("come back as they were, across the pieces in which a disk gives them", async () => {
    const values = Array.from({ length: 30_000 }, (_, row) =>
      [row / 7, `text ${row % 50} é😀\n`, undefined, null, [1, "a"], true, -0.5e-9].at(row % 7),
    );
    expect(await readValues(await written("mixed", values))).toEqual(values);
    expect(await readValues(await written("none", []))).toEqual([]);
  });

  it("make batches in the order of their first rows", async () => {
    const draw = randomAt(4, "groups");
    const keys = Array.from({ length: 20_000 }, () => `source ${draw.integer(3000)}`);
    const batches = new Map<string, number[]>();
    for (const [row, key] of keys.entries()) batches.set(key, [...(batches.get(key) ?? []), row]);
    const found = await groupRows(await written("keys", keys), keys.length);
    expect(found.map((batch) => [...batch])).toEqual([...batches.values()]);
    expect(await groupRows(await written("no-keys", []), 0)).toEqual([]);
  });
});
