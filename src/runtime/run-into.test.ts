import { describe, expect, it } from "vitest";
import { createNodeRuntime } from "./node.ts";
import type { HostTensor } from "./types.ts";
import * as t from "../tensor/functions.ts";
import { defineProgram } from "../tensor/program.ts";

const runtime = createNodeRuntime({ threads: 1 });
const host = (data: Float32Array): HostTensor => ({ dtype: "float32", shape: [data.length], data });

describe("runInto", () => {
  it("writes into the arrays given for the outputs, also when they are the inputs", async () => {
    const x = t.input("x", "float32", ["n"]);
    const program = defineProgram({ y: t.add(t.mul(x, 2), 1), total: t.reduceSum(x, [0]) });
    const session = await runtime.compile(program, { intoTargets: true });
    const values = Float32Array.of(1, 2, 3);
    const total = new Float32Array(1);
    await session.runInto({ x: host(values) }, { y: host(values), total: host(total) });
    expect([...values]).toEqual([3, 5, 7]);
    expect(total[0]).toBe(6);
    await session.release();
  });
});
