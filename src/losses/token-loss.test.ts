/** Losses and gradients against PyTorch and transformers: test/oracles/token-losses.py. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createNodeRuntime } from "../runtime/node.ts";
import type { HostTensor } from "../runtime/types.ts";
import { grad } from "../tensor/autodiff.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { defineProgram } from "../tensor/program.ts";
import { tokenLoss, tokenTargetLeaves, type LogitHead, type TokenLossOptions } from "./token-loss.ts";

interface Golden {
  readonly shape: { readonly rows: number; readonly width: number; readonly vocab: number };
  readonly hidden: readonly number[];
  readonly head: readonly number[];
  readonly labels: readonly number[];
  readonly cases: readonly {
    readonly options: TokenLossOptions;
    readonly head: Omit<LogitHead, "matrix">;
    readonly loss: number;
    readonly hidden_grad: readonly number[];
    readonly head_grad: readonly number[];
  }[];
}
const path = join(import.meta.dirname, "../../test/golden/train/token-losses.json");
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;
const { rows, width, vocab } = golden.shape;
const runtime = createNodeRuntime({ threads: 1 });

const float = (values: readonly number[], ...shape: readonly number[]): HostTensor => ({
  dtype: "float32",
  shape,
  data: Float32Array.from(values),
});
const int = (values: readonly number[]): HostTensor => ({
  dtype: "int32",
  shape: [values.length],
  data: Int32Array.from(values),
});

it.each(golden.cases.map((one) => [JSON.stringify({ ...one.options, ...one.head }), one] as const))(
  "%s",
  async (_, one) => {
    const hidden = t.input("hidden", "float32", [1, rows, width]);
    const matrix = t.input("matrix", "float32", [vocab, width]);
    const { loss } = tokenLoss(hidden, { matrix, ...one.head }, tokenTargetLeaves(), one.options);
    const [dHidden, dMatrix] = grad(loss, [hidden, matrix]) as [Tensor, Tensor];
    const session = await runtime.compile(defineProgram({ loss, dHidden, dMatrix }));
    const found = (await session.run({
      hidden: float(golden.hidden, 1, rows, width),
      matrix: float(golden.head, vocab, width),
      loss_rows: int(golden.labels.map((__, i) => i)),
      labels: int(golden.labels),
      loss_weights: float(
        golden.labels.map(() => 1),
        rows,
      ),
      loss_scale: float([1]),
    })) as Readonly<Record<string, HostTensor>>;
    const expectClose = (name: string, want: readonly number[]): void => {
      for (const [i, value] of want.entries()) {
        const got = Number(found[name]?.data[i]);
        expect(Math.abs(got - value), `${name}[${i}]: ${got}, wants ${value}`).toBeLessThan(
          2e-6 * (1 + Math.abs(value)),
        );
      }
    };
    expectClose("loss", [one.loss]);
    expectClose("dHidden", one.hidden_grad);
    expectClose("dMatrix", one.head_grad);
    await session.release();
  },
);

it("sums the loss of the tokens that end a reply apart from the rest", async () => {
  const hidden = t.input("hidden", "float32", [1, rows, width]);
  const matrix = t.input("matrix", "float32", [vocab, width]);
  const ids = [...new Set(golden.labels)];
  const sumsOf = async (stopIds: readonly number[]) => {
    const { loss, sums } = tokenLoss(hidden, { matrix }, tokenTargetLeaves(), { stopIds, labelSmoothing: 0.1 });
    const plain = tokenLoss(hidden, { matrix }, tokenTargetLeaves()).loss;
    const session = await runtime.compile(defineProgram({ loss, plain, ...sums }));
    const found = await session.run({
      hidden: float(golden.hidden, 1, rows, width),
      matrix: float(golden.head, vocab, width),
      loss_rows: int(golden.labels.map((_, i) => i)),
      labels: int(golden.labels),
      loss_weights: float(
        golden.labels.map(() => 1),
        rows,
      ),
      loss_scale: float([1]),
    });
    await session.release();
    return (name: string): number => Number((found[name] as HostTensor).data[0]);
  };
  const [all, some, others] = [await sumsOf(ids), await sumsOf(ids.slice(0, 1)), await sumsOf(ids.slice(1))];
  expect(all("stop_tokens")).toBe(rows);
  expect(some("stop_tokens")).toBe(golden.labels.filter((label) => label === ids[0]).length);
  // What is plain cross-entropy stays so, whatever is trained on.
  expect(all("stop_loss")).toBeCloseTo(all("plain"), 4);
  expect(some("stop_loss") + others("stop_loss")).toBeCloseTo(all("plain"), 4);
  expect(tokenLoss(hidden, { matrix }, tokenTargetLeaves()).sums).toEqual({});
});
