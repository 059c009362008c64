import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { floatBytes, ggufBytes, type GgufToWrite } from "../../test/support/gguf.ts";
import { readGgufHeader, readGgufTensor } from "./gguf.ts";
import { ggmlTypes } from "./gguf-types.ts";

interface Golden {
  readonly formats: Readonly<
    Record<string, { readonly type: number; readonly bytes: string; readonly values: string }>
  >;
}

const golden = JSON.parse(
  await readFile(join(import.meta.dirname, "../../test/golden/gguf-blocks.json"), "utf8"),
) as Golden;

const floats = (base64: string): Float32Array => {
  const bytes = Uint8Array.from(Buffer.from(base64, "base64"));
  return new Float32Array(bytes.buffer);
};

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "gguf-"));
});
afterAll(() => rm(dir, { recursive: true }));

async function write(file: GgufToWrite | Uint8Array, name = "a.gguf"): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, file instanceof Uint8Array ? file : ggufBytes(file));
  return path;
}

describe("blocks", () => {
  it.each(Object.entries(golden.formats))("%s gives the numbers of gguf-py", (name, { type, bytes, values }) => {
    const wanted = floats(values);
    const format = ggmlTypes.get(type);
    const got = new Float32Array(wanted.length);
    format?.dequantize?.(Uint8Array.from(Buffer.from(bytes, "base64")), got);
    expect(format?.name).toBe(name);
    expect(got).toEqual(wanted);
  });

  it("reads a tensor in pieces from where it lies", async () => {
    const { bytes, values, type } = golden.formats["Q5_K"] as Golden["formats"][string];
    const data = Buffer.from(bytes, "base64");
    const path = await write({
      tensors: [
        { name: "before", shape: [3], type: 0, data: floatBytes([1, 2, 3]) },
        { name: "a", shape: [2, 512], type, data },
      ],
    });
    const { tensors } = await readGgufHeader(path);
    const tensor = tensors.get("a");
    expect(tensor?.shape).toEqual([2, 512]);
    expect(await readGgufTensor(path, "a", tensor as never)).toEqual(floats(values));
    expect(await readGgufTensor(path, "before", tensors.get("before") as never)).toEqual(Float32Array.of(1, 2, 3));
  });

  it("names a format that cannot be read", async () => {
    const path = await write({ tensors: [{ name: "w", shape: [32], type: 20, data: new Uint8Array(18) }] });
    const { tensors } = await readGgufHeader(path);
    await expect(readGgufTensor(path, "w", tensors.get("w") as never)).rejects.toThrow(/"w" is stored as IQ4_NL/);
  });
});

describe("headers", () => {
  it("reads values of all kinds", async () => {
    const path = await write({
      keys: [
        ["text", { text: "\uFEFFgröße" }],
        ["uint", { uint: 4_000_000_000 }],
        ["float", { float: 0.5 }],
        ["bool", { bool: true }],
        ["texts", { texts: ["a", "", "b c"] }],
        ["ints", { ints: [-1, 3] }],
        ["floats", { floats: [0.25] }],
      ],
    });
    const { metadata } = await readGgufHeader(path);
    expect(Object.fromEntries(metadata)).toEqual({
      text: "\uFEFFgröße",
      uint: 4_000_000_000,
      float: 0.5,
      bool: true,
      texts: ["a", "", "b c"],
      ints: Int32Array.of(-1, 3),
      floats: Float32Array.of(0.25),
    });
  });

  it("reads a header of several megabytes", async () => {
    const texts = Array.from({ length: 5000 }, (_, i) => `token ${i}`.padEnd(500));
    const { metadata } = await readGgufHeader(await write({ keys: [["tokens", { texts }]] }));
    expect(metadata.get("tokens")).toEqual(texts);
  });

  const one = { name: "w", shape: [8], type: 0, data: floatBytes([1, 2, 3, 4, 5, 6, 7, 8]) };
  const list = (kind: number, count: bigint): Uint8Array =>
    Buffer.concat([
      new Uint8Array(Uint32Array.of(9, kind).buffer),
      new Uint8Array(BigUint64Array.of(count).buffer),
      new Uint8Array(40),
    ]);
  const broken: readonly (readonly [string, GgufToWrite | Uint8Array, RegExp])[] = [
    ["an empty file", new Uint8Array(0), /not a GGUF file/],
    ["another file", { magic: "PK\u0003\u0004", keys: [["a", { uint: 1 }]] }, /not a GGUF file/],
    ["another version", { version: 1, keys: [["a", { uint: 1 }]] }, /version 1; 2 and 3/],
    ["a big-endian file", { version: 0x03000000 }, /big-endian/],
    ["more tensors than bytes", { tensorCount: 2n ** 60n }, /claims 1152921504606846976 tensors/],
    ["more keys than bytes", { keyCount: 1_000_000_000n }, /claims 1000000000 keys/],
    ["a list longer than the file", { keys: [["a", { raw: list(8, 2n ** 40n) }]] }, /1099511627776 texts in "a"/],
    ["numbers beyond the file", { keys: [["a", { raw: list(0, 2n ** 63n) }]] }, /numbers in "a"/],
    ["a list of lists", { keys: [["a", { raw: list(9, 1n) }]] }, /unknown kind \(9\)/],
    [
      "a key twice",
      {
        keys: [
          ["a", { uint: 1 }],
          ["a", { uint: 2 }],
        ],
      },
      /"a" is given twice/,
    ],
    ["a cut header", ggufBytes({ keys: [["a", { text: "abcdefgh" }]] }).subarray(0, -3), /ends at byte/],
    ["a tensor twice", { tensors: [one, one] }, /"w" is given twice/],
    ["tensors that overlap", { tensors: [one, { ...one, name: "v", offset: 0 }] }, /"v" overlaps "w"/],
    ["a cut tensor", { tensors: [one], extra: -4 }, /cut short/],
    ["an unaligned tensor", { tensors: [{ ...one, offset: 4 }] }, /does not lie aligned/],
    ["an unknown format", { tensors: [{ ...one, type: 4 }] }, /format number 4/],
    ["rows that are no whole blocks", { tensors: [{ ...one, type: 2 }] }, /rows of 8, which is no multiple of 32/],
    ["five dimensions", { tensors: [{ ...one, shape: [1, 1, 1, 1, 8] }] }, /5 dimensions/],
    ["sizes beyond numbers", { tensors: [{ ...one, shape: [2 ** 40, 2 ** 40] }] }, /larger than can be/],
    ["a bad alignment", { keys: [["general.alignment", { uint: 33 }]] }, /wants a power of two/],
  ];

  it.each(broken)("refuses %s", async (_, file, message) => {
    const path = await write(file);
    await expect(readGgufHeader(path)).rejects.toThrow(message);
    await expect(readGgufHeader(path)).rejects.toMatchObject({ code: "E_GGUF" });
  });

  it("refuses a folder and what is not there", async () => {
    await expect(readGgufHeader(dir)).rejects.toThrow(/a folder, not a file/);
    await expect(readGgufHeader(join(dir, "none.gguf"))).rejects.toThrow(/no such file/);
  });
});
