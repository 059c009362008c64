import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { float32ToBfloat16, float32ToFloat16 } from "../base/dtype.ts";
import { isTunesmithError } from "../base/errors.ts";
import { openCheckpoint, readSafetensorsHeader, readTensor, writeSafetensors } from "./safetensors.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "safetensors-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file with this header text and so many bytes of data. */
async function craft(name: string, header: unknown, dataBytes: number, claimed?: number): Promise<string> {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(claimed ?? text.length), true);
  bytes.set(text, 8);
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.catch((caught: unknown) => caught);
  return isTunesmithError(error) ? error.message : `not refused: ${String(error)}`;
};

const f32 = (begin: number, end: number, shape: readonly number[]) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

describe("writeSafetensors", () => {
  it("writes what readTensor reads, for any tensors", async () => {
    const tensor = fc.record({
      name: fc.stringMatching(/^[a-z._]{1,12}$/),
      rows: fc.integer({ min: 0, max: 4 }),
      columns: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 6 }), async (specs) => {
        const tensors = specs.map(({ name, rows, columns }) => ({
          name,
          dtype: "float32" as const,
          shape: [rows, columns],
          data: Float32Array.from({ length: rows * columns }, (_, i) => i + 0.5),
        }));
        const path = join(folder, "any.safetensors");
        await writeSafetensors(path, tensors, { format: "pt" });
        const header = await readSafetensorsHeader(path);
        expect(header.metadata).toEqual({ format: "pt" });
        expect(header.dataOffset % 8).toBe(0);
        for (const { name, shape, data } of tensors) {
          const entry = header.tensors.get(name);
          expect(entry?.shape).toEqual(shape);
          expect(await readTensor({ ...(entry as NonNullable<typeof entry>), file: path })).toEqual(data);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("keeps half precision as it is stored", async () => {
    const values = Float32Array.of(1, -2.5, 65504, 2 ** -24, 0);
    const path = join(folder, "half.safetensors");
    await writeSafetensors(path, [
      { name: "h", dtype: "float16", shape: [5], data: float32ToFloat16(values) },
      { name: "b", dtype: "bfloat16", shape: [5], data: float32ToBfloat16(Float32Array.of(1, -2.5, 0, 256, 3)) },
    ]);
    const { tensors } = await readSafetensorsHeader(path);
    const read = (name: string) =>
      readTensor({ ...(tensors.get(name) as NonNullable<ReturnType<typeof tensors.get>>), file: path });
    expect(await read("h")).toEqual(values);
    expect(await read("b")).toEqual(Float32Array.of(1, -2.5, 0, 256, 3));
  });

  it("leaves the old file whole, and no leftover, when writing fails half-way", async () => {
    const path = join(folder, "kept.safetensors");
    await writeSafetensors(path, [{ name: "a", dtype: "float32", shape: [1], data: Float32Array.of(7) }]);
    const before = await readFile(path);
    const failing = { name: "b", dtype: "float32" as const, shape: [2], data: Float32Array.of(1) };
    await expect(writeSafetensors(path, [failing])).rejects.toThrow();
    expect(await readFile(path)).toEqual(before);
    expect((await readdir(folder)).filter((name) => name.includes(".tmp-"))).toEqual([]);
  });
});

describe("readSafetensorsHeader refuses", () => {
  it.each([
    ["a header longer than the file", "{}", 0, 9999, "claims"],
    ["a header that is no JSON", "{oops", 0, undefined, "not JSON"],
    ["a header that is a list", "[]", 0, undefined, "not a JSON object"],
    ["a tensor beyond the end of the file", { a: f32(0, 16, [4]) }, 8, undefined, "cut short"],
    ["a shape that does not fit its bytes", { a: f32(0, 8, [3]) }, 8, undefined, "needs 12 bytes"],
    ["offsets that run backwards", { a: f32(8, 0, [2]) }, 8, undefined, "data_offsets"],
    ["overlapping tensors", { a: f32(0, 8, [2]), b: f32(4, 12, [2]) }, 12, undefined, "overlaps"],
    ["a hole between tensors", { a: f32(0, 4, [1]), b: f32(8, 12, [1]) }, 12, undefined, "hole"],
    ["bytes after the last tensor", { a: f32(0, 4, [1]) }, 12, undefined, "follow the last tensor"],
    ["a negative size", { a: { dtype: "F32", shape: [-1], data_offsets: [0, 4] } }, 4, undefined, "shape"],
    ["metadata that is no text", { __metadata__: { a: 1 } }, 0, undefined, "__metadata__"],
  ])("%s", async (name, header, bytes, claimed, message) => {
    const path = await craft(`${name}.safetensors`, header, bytes, claimed);
    const text = await refusal(readSafetensorsHeader(path));
    expect(text).toContain("E_SAFETENSORS");
    expect(text).toContain(path);
    expect(text).toContain(message);
  });

  it("a file cut short, an empty one and a missing one", async () => {
    const path = join(folder, "cut.safetensors");
    await writeSafetensors(path, [{ name: "a", dtype: "float32", shape: [4], data: new Float32Array(4) }]);
    await truncate(path, 70);
    expect(await refusal(readSafetensorsHeader(path))).toContain("E_SAFETENSORS");
    await writeFile(path, "");
    expect(await refusal(readSafetensorsHeader(path))).toContain("too few");
    expect(await refusal(readSafetensorsHeader(join(folder, "none.safetensors")))).toContain("cannot be opened");
  });
});

describe("openCheckpoint", () => {
  const index = (map: object) =>
    writeFile(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));

  it("follows an index to its shards, and refuses lying ones", async () => {
    await writeSafetensors(join(folder, "s1.safetensors"), [
      { name: "a", dtype: "float32", shape: [1], data: Float32Array.of(1) },
    ]);
    await index({ a: "s1.safetensors" });
    expect([...(await openCheckpoint(folder)).tensors.keys()]).toEqual(["a"]);
    for (const [map, message] of [
      [{ a: "s2.safetensors" }, "missing"],
      [{ b: "s1.safetensors" }, "not in"],
      [{ a: "../s1.safetensors" }, "outside"],
      [{ a: 3 }, "names no file"],
    ] as const) {
      await index(map);
      expect(await refusal(openCheckpoint(folder))).toContain(message);
    }
    await rm(join(folder, "model.safetensors.index.json"));
    expect(await refusal(openCheckpoint(folder))).toContain("E_SAFETENSORS_INDEX");
  });
});
