import { expect, it } from "vitest";
import { randomAt } from "../base/random.ts";
import { dropoutRow } from "../models/tuners/dropout.ts";
import { createAccess, frozenLeaf } from "../models/access.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import type { HostTensor } from "../runtime/types.ts";
import * as t from "../tensor/functions.ts";
import { defineProgram } from "../tensor/program.ts";
import { neftune } from "./neftune.ts";

it("adds uniform noise of the size alpha / sqrt(time * width), another for each token, to embeddings alone", async () => {
  const [time, width, alpha] = [24, 32, 5];
  const rows = t.input("rows", "int32", ["batch", "time"]);
  const x = t.input("x", "float32", ["batch", "time", width]);
  const access = neftune(alpha, rows)(createAccess(frozenLeaf, (_, query) => query));
  const runtime = createNodeRuntime({ threads: 1 });
  const session = await runtime.compile(
    defineProgram({
      noisy: access.tap("model.embed_tokens.embedded", x),
      other: t.mul(access.tap("model.norm", x), 2),
    }),
  );
  const random = randomAt(1, "neftune-test");
  const data = Float32Array.from({ length: 2 * time * width }, () => random.normal());
  const numbers = [0, 1].flatMap((sample) => [...dropoutRow(time, 7, 1, sample)]);
  const found = (await session.run({
    x: { dtype: "float32", shape: [2, time, width], data },
    rows: { dtype: "int32", shape: [2, time], data: Int32Array.from(numbers) },
  })) as Readonly<Record<string, HostTensor>>;
  const noise = data.map((value, i) => Number(found["noisy"]?.data[i]) - value);
  const size = alpha / Math.sqrt(time * width);
  expect(Math.max(...noise.map(Math.abs))).toBeLessThanOrEqual(size + 1e-6);
  const mean = noise.reduce((sum, value) => sum + value, 0) / noise.length;
  const square = noise.reduce((sum, value) => sum + value * value, 0) / noise.length;
  // 1,536 uniform numbers: their mean and mean square lie within five standard deviations.
  expect(Math.abs(mean)).toBeLessThan((5 * size) / Math.sqrt(3 * noise.length));
  expect(Math.abs(square - size ** 2 / 3)).toBeLessThan((5 * size ** 2 * Math.sqrt(4 / 45)) / Math.sqrt(noise.length));
  expect(new Set(noise.map((value) => Math.round(value * 1e6))).size).toBeGreaterThan(noise.length * 0.95);
  expect(found["other"]?.data).toEqual(data.map((value) => value * 2));
});
