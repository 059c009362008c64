import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { float32ToBfloat16, float32ToFloat16 } from "../base/dtype.ts";
import { isTunesmithError } from "../base/errors.ts";
import {
  openCheckpoint,
  readSafetensorsHeader,
  readTensor,
  writeSafetensors,
  type CheckpointTensor,
} from "./safetensors.ts";
import { type StoredDType } from "./safetensors-header.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "safetensors-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file with this header text and so many bytes of data. */
async function craft(name: string, header: unknown, dataBytes: number, claimed?: number | bigint): Promise<string> {
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

async function tensorOf(path: string, name: string): Promise<CheckpointTensor> {
  const entry = (await readSafetensorsHeader(path)).tensors.get(name);
  if (entry === undefined) throw new Error(`no tensor ${name}`);
  return { ...entry, file: path };
}

/** As they are stored. */
async function bytesOf({ file, offset, length }: CheckpointTensor): Promise<Uint8Array<ArrayBuffer>> {
  return Uint8Array.from((await readFile(file)).subarray(offset, offset + length));
}

const f32 = (begin: number, end: number, shape: readonly number[]) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

const golden = join(import.meta.dirname, "../../test/golden/formats");

interface Golden {
  readonly floats: Readonly<Record<string, readonly (number | string)[]>>;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

/** Numbers of JSON, where NaN and the infinities are texts, as float32. */
const numbers = (values: readonly (number | string)[]): Float32Array =>
  Float32Array.from(values, (value) =>
    typeof value === "number" ? value : Number(value.replace("inf", "Infinity").replace("nan", "NaN")),
  );

describe("a file of the safetensors library", () => {
  it("is read: every dtype listed with its shape, every float format as float32", async () => {
    const path = join(golden, "dtypes.safetensors");
    const values = JSON.parse(await readFile(join(golden, "values.json"), "utf8")) as Golden;
    const { tensors, metadata } = await readSafetensorsHeader(path);
    expect(metadata).toEqual({ format: "pt" });
    expect(Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]))).toEqual(values.shapes);
    for (const [name, wanted] of Object.entries(values.floats)) {
      expect([name, await readTensor(await tensorOf(path, name))]).toEqual([name, numbers(wanted)]);
    }
    const bytes = async (name: string) => (await bytesOf(await tensorOf(path, name))).buffer;
    expect(new BigInt64Array(await bytes("int64"))).toEqual(BigInt64Array.of(2n ** 53n + 1n, -(2n ** 63n)));
    expect(new Int32Array(await bytes("int32"))).toEqual(Int32Array.of(-(2 ** 31), 2 ** 31 - 1));
    expect(new Int16Array(await bytes("int16"))).toEqual(Int16Array.of(-32768, 32767, 7));
    expect(new Int8Array(await bytes("int8"))).toEqual(Int8Array.of(-128, 127, 0));
    expect(new Uint8Array(await bytes("uint8"))).toEqual(Uint8Array.of(0, 255, 128));
    expect(new Uint8Array(await bytes("bool"))).toEqual(Uint8Array.of(1, 0, 1));
  });

  it("comes out the same, byte for byte, when its tensors are written in another order", async () => {
    const path = join(golden, "dtypes.safetensors");
    const { tensors } = await readSafetensorsHeader(path);
    const again = [...tensors].toReversed().map(([name, entry]) => ({
      name,
      dtype: (entry.stored === "I16" ? "int16" : entry.dtype) as StoredDType,
      shape: entry.shape,
      data: () => bytesOf({ ...entry, file: path }),
    }));
    await writeSafetensors(join(folder, "again.safetensors"), again, { format: "pt" });
    expect(await readFile(join(folder, "again.safetensors"))).toEqual(await readFile(path));
  });

  it("without tensors is read and written", async () => {
    expect((await readSafetensorsHeader(join(golden, "none.safetensors"))).tensors.size).toBe(0);
    await writeSafetensors(join(folder, "none.safetensors"), []);
    expect(await readFile(join(folder, "none.safetensors"))).toEqual(await readFile(join(golden, "none.safetensors")));
  });

  it("with a dtype that is not known lists it, and refuses to read it by its name", async () => {
    const path = join(golden, "foreign.safetensors");
    const foreign = await tensorOf(path, "w");
    expect(foreign).toMatchObject({ stored: "F8_E4M3", readable: false, shape: [2], length: 2 });
    expect(await refusal(readTensor(foreign))).toContain("F8_E4M3");
    expect(await readTensor(await tensorOf(path, "b"))).toEqual(Float32Array.of(5));
  });
});

describe("writeSafetensors", () => {
  it("writes what readTensor reads, for any tensors", async () => {
    const tensor = fc.record({
      name: fc.oneof(fc.stringMatching(/^[a-z._]{1,12}$/), fc.nat(20).map(String), fc.string({ minLength: 1 })),
      rows: fc.integer({ min: 0, max: 4 }),
      columns: fc.integer({ min: 1, max: 3 }),
      lazy: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 6 }), async (specs) => {
        const tensors = specs.map(({ name, rows, columns, lazy }) => {
          const data = Float32Array.from({ length: rows * columns }, (_, i) => i + 0.5);
          return {
            values: data,
            tensor: { name, dtype: "float32" as const, shape: [rows, columns], data: lazy ? () => data : data },
          };
        });
        const path = join(folder, "any.safetensors");
        await writeSafetensors(
          path,
          tensors.map(({ tensor }) => tensor),
          { format: "pt" },
        );
        const header = await readSafetensorsHeader(path);
        expect(header.metadata).toEqual({ format: "pt" });
        expect(header.dataOffset % 8).toBe(0);
        for (const { values, tensor } of tensors) {
          const entry = await tensorOf(path, tensor.name);
          expect(entry.shape).toEqual(tensor.shape);
          expect(await readTensor(entry)).toEqual(values);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("keeps half precision as it is stored", async () => {
    const values = Float32Array.of(1, -2.5, 65504, 2 ** -24, 0);
    const path = join(folder, "half.safetensors");
    await writeSafetensors(path, [
      { name: "h", dtype: "float16", shape: [5], data: float32ToFloat16(values) },
      { name: "b", dtype: "bfloat16", shape: [5], data: float32ToBfloat16(Float32Array.of(1, -2.5, 0, 256, 3)) },
    ]);
    expect(await readTensor(await tensorOf(path, "h"))).toEqual(values);
    expect(await readTensor(await tensorOf(path, "b"))).toEqual(Float32Array.of(1, -2.5, 0, 256, 3));
  });

  it("leaves the old file whole, and no leftover, when writing fails half-way", async () => {
    const path = join(folder, "kept.safetensors");
    await writeSafetensors(path, [{ name: "a", dtype: "float32", shape: [1], data: Float32Array.of(7) }]);
    const before = await readFile(path);
    const short = { name: "b", dtype: "float32" as const, shape: [2] };
    await expect(writeSafetensors(path, [{ ...short, data: Float32Array.of(1) }])).rejects.toThrow("wants 8");
    await expect(writeSafetensors(path, [{ ...short, data: () => Float32Array.of(1) }])).rejects.toThrow("wants 8");
    expect(await readFile(path)).toEqual(before);
    expect((await readdir(folder)).filter((name) => name.includes(".tmp-"))).toEqual([]);
  });

  it("refuses two tensors of one name", async () => {
    const a = { name: "a", dtype: "float32" as const, shape: [1], data: Float32Array.of(7) };
    await expect(writeSafetensors(join(folder, "twice.safetensors"), [a, a])).rejects.toThrow("two tensors");
  });
});

describe("readTensor", () => {
  it("reads a part, in every float format and over the pieces it reads by", async () => {
    const count = 10_000_000;
    const values = Float32Array.from({ length: count }, (_, i) => i % 250);
    const path = join(folder, "large.safetensors");
    await writeSafetensors(path, [
      { name: "b", dtype: "bfloat16", shape: [count / 100, 100], data: float32ToBfloat16(values) },
    ]);
    const entry = await tensorOf(path, "b");
    const whole = await readTensor(entry);
    expect(Buffer.compare(new Uint8Array(whole.buffer), new Uint8Array(values.buffer))).toBe(0);
    expect(await readTensor(entry, { start: 9_999_998 })).toEqual(Float32Array.of(248, 249));
    expect(await readTensor(entry, { start: 3, count: 2 })).toEqual(Float32Array.of(3, 4));
    await expect(readTensor(entry, { start: count, count: 1 })).rejects.toThrow(RangeError);
    await rm(path);
  });

  it("says so when the tensor holds no floats, or the file has shrunk since", async () => {
    const path = join(folder, "ints.safetensors");
    await writeSafetensors(path, [
      { name: "i", dtype: "int32", shape: [1], data: Int32Array.of(1) },
      { name: "f", dtype: "float32", shape: [2], data: Float32Array.of(1, 2) },
    ]);
    expect(await refusal(readTensor(await tensorOf(path, "i")))).toContain("I32 was asked for as floats");
    const entry = await tensorOf(path, "f");
    await truncate(path, entry.offset + 4);
    expect(await refusal(readTensor(entry))).toContain("ended at byte");
  });
});

describe("readSafetensorsHeader refuses", () => {
  const twice =
    '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}';
  it.each([
    ["a header longer than the file", "{}", 0, 9999, "claims 9999"],
    ["a header over the limit", "{}", 0, 2n ** 63n, "claims 9223372036854775808"],
    ["a header that is no JSON", "{oops", 0, undefined, "not JSON"],
    ["a header that is no UTF-8", "{}", 1, 3, "JSON"],
    ["a header that is a list", "[]", 0, undefined, "not a JSON object"],
    ["a name given twice", twice, 8, undefined, 'the key "a" appears twice'],
    ["a dtype that is no text", { a: { ...f32(0, 4, [1]), dtype: 3 } }, 4, undefined, 'tensor "a" has no dtype'],
    ["a tensor without description", { a: null }, 0, undefined, 'tensor "a" has no description'],
    ["a tensor beyond the end of the file", { a: f32(0, 16, [4]) }, 8, undefined, "cut short"],
    ["a shape that does not fit its bytes", { a: f32(0, 8, [3]) }, 8, undefined, "needs 12 bytes"],
    ["a shape beyond all numbers", { a: f32(0, 0, [2 ** 52, 2 ** 52, 0]) }, 0, undefined, "too large"],
    ["offsets that run backwards", { a: f32(8, 0, [2]) }, 8, undefined, "data_offsets"],
    [
      "offsets that are no numbers",
      { a: { dtype: "F32", shape: [1], data_offsets: ["0", "4"] } },
      4,
      undefined,
      "data_offsets",
    ],
    ["overlapping tensors", { a: f32(0, 8, [2]), b: f32(4, 12, [2]) }, 12, undefined, 'tensor "b" overlaps "a"'],
    ["a hole between tensors", { a: f32(0, 4, [1]), b: f32(8, 12, [1]) }, 12, undefined, "hole"],
    ["a hole at the start", { a: f32(4, 8, [1]) }, 8, undefined, "hole"],
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

  it("a file cut short, an empty one, a missing one and a folder", async () => {
    const path = join(folder, "cut.safetensors");
    await writeSafetensors(path, [{ name: "a", dtype: "float32", shape: [4], data: new Float32Array(4) }]);
    await truncate(path, 70);
    expect(await refusal(readSafetensorsHeader(path))).toContain("E_SAFETENSORS");
    await writeFile(path, "");
    expect(await refusal(readSafetensorsHeader(path))).toContain("too few");
    expect(await refusal(readSafetensorsHeader(join(folder, "none-such.safetensors")))).toContain("no such file");
    expect(await refusal(readSafetensorsHeader(folder))).toContain("not a file");
  });

  it("a folder in place of a checkpoint's file, as what it is", async () => {
    const dir = join(folder, "odd");
    await mkdir(join(dir, "model.safetensors"), { recursive: true });
    expect(await refusal(openCheckpoint(dir))).toContain("this is a folder, not a file");
  });

  it("a pointer of Git LFS and a pickle, saying what they are", async () => {
    const path = join(folder, "other.safetensors");
    await writeFile(path, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n");
    expect(await refusal(readSafetensorsHeader(path))).toContain("git lfs pull");
    await writeFile(path, `PK\u0003\u0004${"\u0000".repeat(20)}`);
    expect(await refusal(readSafetensorsHeader(path))).toContain("zip archive");
  });

  it("or reads a damaged file, but never fails in another way", async () => {
    const bytes = await readFile(join(golden, "dtypes.safetensors"));
    const path = join(folder, "damaged.safetensors");
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), async (at, value, cut) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = value;
        await writeFile(path, cut ? damaged.subarray(0, at) : damaged);
        try {
          await readSafetensorsHeader(path);
        } catch (error) {
          expect(isTunesmithError(error, "E_SAFETENSORS")).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("no file for an unknown dtype of a name that objects have", async () => {
    const path = await craft("name.safetensors", { a: { ...f32(0, 4, [1]), dtype: "constructor" } }, 4);
    expect(await tensorOf(path, "a")).toMatchObject({ stored: "constructor", readable: false });
  });
});

describe("openCheckpoint", () => {
  const index = (map: unknown) =>
    writeFile(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));

  it("reads the shards and index of transformers", async () => {
    const dir = join(golden, "sharded");
    const { tensors } = await openCheckpoint(dir);
    expect(tensors.size).toBe(21);
    expect(new Set([...tensors.values()].map(({ file }) => file)).size).toBeGreaterThan(2);
    const norm = tensors.get("model.norm.weight") as CheckpointTensor;
    expect(norm.dtype).toBe("bfloat16");
    expect(await readTensor(norm)).toEqual(new Float32Array(8).fill(1));
  });

  it("follows an index to its shards, also through links, and refuses lying ones", async () => {
    await mkdir(join(folder, "blobs"));
    await writeSafetensors(join(folder, "blobs", "1"), [
      { name: "a", dtype: "float32", shape: [1], data: Float32Array.of(1) },
    ]);
    await symlink(join("blobs", "1"), join(folder, "s1.safetensors"));
    await index({ a: "s1.safetensors" });
    expect([...(await openCheckpoint(folder)).tensors.keys()]).toEqual(["a"]);
    for (const [map, message] of [
      [{ a: "s2.safetensors" }, 's2.safetensors (of tensor "a") is missing'],
      [{ b: "s1.safetensors" }, "not in"],
      [{ a: "../s1.safetensors" }, "outside"],
      [{ a: "x/../../s1.safetensors" }, "outside"],
      [{ a: "/etc/passwd" }, "outside"],
      [{ a: "" }, "names no file"],
      [{ a: 3 }, "names no file"],
      [[], "no weight_map"],
    ] as const) {
      await index(map);
      const text = await refusal(openCheckpoint(folder));
      expect(text).toContain("E_SAFETENSORS_INDEX");
      expect(text).toContain(message);
    }
    await writeFile(join(folder, "model.safetensors.index.json"), '{"weight_map":\n{"a":"x","a":"y"}}');
    expect(await refusal(openCheckpoint(folder))).toContain('"a" appears twice (line 2, column 10)');
    await rm(join(folder, "model.safetensors.index.json"));
    expect(await refusal(openCheckpoint(folder))).toContain("E_SAFETENSORS_INDEX");
  });
});
