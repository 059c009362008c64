import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { addDims, broadcastShapes, divDims, evaluateDim, mulDims, sizeOf, type Dim } from "./shape.ts";

const names = ["batch", "time", "past", "rows"];
const symbols = new Map(names.map((name, i) => [name, 2 + i * 3]));

/** Any dimension the functions can build. */
const dims: fc.Arbitrary<Dim> = fc.letrec<{ dim: Dim }>((tie) => ({
  dim: fc.oneof(
    { depthSize: "small" },
    fc.integer({ min: 1, max: 9 }),
    fc.constantFrom(...names),
    fc.tuple(tie("dim"), tie("dim")).map(([a, b]) => mulDims(a, b)),
    fc.tuple(tie("dim"), tie("dim")).map(([a, b]) => addDims(a, b)),
  ),
})).dim;

const value = (dim: Dim): number => evaluateDim(dim, symbols);

describe("dimensions", () => {
  it("multiply and add as the numbers they stand for", () => {
    fc.assert(
      fc.property(dims, dims, (a, b) => {
        expect(value(mulDims(a, b))).toBe(value(a) * value(b));
        expect(value(addDims(a, b))).toBe(value(a) + value(b));
      }),
    );
  });

  it("are written one way, whatever the order", () => {
    fc.assert(
      fc.property(dims, dims, dims, (a, b, c) => {
        expect(mulDims(a, mulDims(b, c))).toBe(mulDims(c, a, b));
        expect(addDims(a, addDims(b, c))).toBe(addDims(c, a, b));
      }),
    );
  });

  it("divide what they multiplied", () => {
    fc.assert(
      fc.property(dims, dims, (a, b) => {
        expect(divDims(mulDims(a, b), b)).toBe(a);
      }),
    );
    expect(divDims("batch", 2)).toBeUndefined();
    expect(divDims("2*batch", "time")).toBeUndefined();
    expect(sizeOf(["batch", 3, "time", 2])).toBe("6*batch*time");
  });
});

describe("broadcastShapes", () => {
  it("follows NumPy on numbers", () => {
    const shape = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 });
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        const rank = Math.max(a.length, b.length);
        const at = (s: readonly number[], i: number): number => s[i - rank + s.length] ?? 1;
        const pairs = Array.from({ length: rank }, (_, i) => [at(a, i), at(b, i)] as const);
        if (pairs.every(([x, y]) => x === y || x === 1 || y === 1)) {
          expect(broadcastShapes("op", a, b)).toEqual(pairs.map(([x, y]) => Math.max(x, y)));
        } else {
          let failure: unknown;
          try {
            broadcastShapes("op", a, b);
          } catch (error) {
            failure = error;
          }
          expect(isTunesmithError(failure, "E_TENSOR_SHAPE")).toBe(true);
        }
      }),
    );
  });

  it("lets a symbol meet itself and 1 only", () => {
    expect(broadcastShapes("op", ["batch", 1], ["time"])).toEqual(["batch", "time"]);
    expect(() => broadcastShapes("op", ["batch"], ["time"])).toThrow("E_TENSOR_SHAPE");
    expect(() => broadcastShapes("op", ["batch"], [4])).toThrow("E_TENSOR_SHAPE");
  });
});
