import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { grad } from "./autodiff.ts";
import * as t from "./functions.ts";
import { interpret } from "./reference.ts";
import { resize, type ResizeMode } from "./resize.ts";

interface Golden {
  readonly cases: readonly {
    readonly mode: ResizeMode;
    readonly align_corners: boolean;
    readonly size: readonly [number, number];
    readonly values: readonly number[];
  }[];
}

const golden = JSON.parse(
  readFileSync(new URL("../../test/golden/tensor/resize.json", import.meta.url), "utf8"),
) as Golden;
const image = { shape: [1, 1, 3, 5], data: Float64Array.from({ length: 15 }, (_, i) => Math.sin(i + 1)) };
const x = t.input("x", "float32", image.shape);

describe("resize", () => {
  for (const { mode, align_corners, size, values } of golden.cases) {
    it(`${mode} to ${size.join(" x ")}${align_corners ? ", corners aligned" : ""} is PyTorch's`, () => {
      const sizes = new Map([
        [2, size[0]],
        [3, size[1]],
      ]);
      const y = resize(x, sizes, { mode, alignCorners: align_corners });
      const [got] = interpret([y], new Map([["x", image]]));
      expect(got?.shape).toEqual([1, 1, ...size]);
      for (const [i, value] of values.entries()) expect(got?.data[i]).toBeCloseTo(value, 5);
    });
  }

  it("works along any axis, and passes gradients on", () => {
    const turned = resize(t.transpose(x, [2, 3, 0, 1]), new Map([[0, 6]]), { mode: "linear" });
    const same = t.transpose(resize(x, new Map([[2, 6]]), { mode: "linear" }), [2, 3, 0, 1]);
    const [a, b] = interpret([turned, same], new Map([["x", image]]));
    for (const [i, value] of (a?.data ?? []).entries()) expect(b?.data[i]).toBeCloseTo(value, 12);
    const [g] = interpret(grad(t.sumAll(same), [x]), new Map([["x", image]]));
    expect(g?.data.reduce((sum, value) => sum + value, 0)).toBeCloseTo(30, 5);
  });

  it("refuses sizes that are not known", () => {
    const long = t.input("long", "float32", [1, "time"]);
    expect(() => resize(long, new Map([[1, 8]]), { mode: "linear" })).toThrow("E_TENSOR_SHAPE");
  });
});
