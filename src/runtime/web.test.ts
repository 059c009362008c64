import { describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { grad } from "../tensor/autodiff.ts";
import * as t from "../tensor/functions.ts";
import { defineProgram } from "../tensor/program.ts";
import { createNodeRuntime } from "./node.ts";
import type { HostTensor } from "./types.ts";
import { createWebRuntime } from "./web.ts";

/** Loss and gradient of a small network with one frozen weight that lies in a file of bytes. */
function network() {
  const x = t.input("x", "float32", ["batch", 4]);
  const w = t.input("w", "float32", [4, 3]);
  const frozen = t.weight("frozen", "float32", [5, 3]);
  const norm = t.rmsNorm(t.silu(t.matmul(x, w)), t.constant([1, 2, 3], "float32", [3]), 1e-5);
  const nll = t.linearCrossEntropy(norm, frozen, t.input("labels", "int64", ["batch"]));
  const loss = t.sumAll(nll);
  return defineProgram({ loss, dw: grad(loss, [w])[0] as NonNullable<ReturnType<typeof grad>[0]> });
}

const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1));
const feeds = {
  x: { dtype: "float32" as const, shape: [2, 4], data: numbers(8) },
  w: { dtype: "float32" as const, shape: [4, 3], data: numbers(12) },
  labels: { dtype: "int64" as const, shape: [2], data: BigInt64Array.of(4n, 1n) },
};

describe("createWebRuntime", () => {
  it("gives the losses and gradients of the Node runtime, weights passed as bytes", async () => {
    const frozen = numbers(15);
    const bytes = new Uint8Array(frozen.buffer);
    const inFile = { dtype: "float32" as const, data: { location: "w.bin", offset: 8, length: bytes.length } };
    const file = new Uint8Array(8 + bytes.length);
    file.set(bytes, 8);
    const web = await createWebRuntime().compile(network(), { weights: () => inFile, weightFiles: { "w.bin": file } });
    const node = await createNodeRuntime().compile(network(), { weights: () => ({ dtype: "float32", data: bytes }) });
    const [a, b] = [await web.run(feeds), await node.run(feeds)];
    for (const name of ["loss", "dw"]) {
      const [got, want] = [a[name] as HostTensor, b[name] as HostTensor];
      expect(got.shape).toEqual(want.shape);
      for (const [i, value] of want.data.entries()) expect(Number(got.data[i])).toBeCloseTo(Number(value), 5);
    }
  });
});

describe("errors of the engine", () => {
  it("name the device that does not work", async () => {
    const failure = await createNodeRuntime({ device: "cuda" })
      .compile(network(), { weights: () => ({ dtype: "float32", data: new Uint8Array(60) }) })
      .catch((error: unknown) => error);
    expect(isTunesmithError(failure) && failure.code).toBe("E_RUNTIME_DEVICE");
  });
});
