/** What the steps on host and device share: their options, and the programs that do not know where numbers live. */
import type { Optimizer } from "../optim/optimizer.ts";
import type { CompileOptions, Runtime, Session } from "../runtime/types.ts";
import { grad } from "../tensor/autodiff.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { defineProgram } from "../tensor/program.ts";
import type { TrainableSpec } from "./parameter-arena.ts";
import type { LossGraph } from "./train-step.ts";

export interface StepOptions {
  readonly specs: readonly TrainableSpec[];
  /** Starting values by name. */
  readonly initial: ReadonlyMap<string, Float32Array>;
  readonly loss: LossGraph;
  /** The loss without what only training does (dropout); default: the same. */
  readonly evaluationLoss?: LossGraph;
  readonly optimizer: Optimizer;
  readonly weightDecay: number;
  readonly runtime: Runtime;
  readonly compile: CompileOptions;
}

/** A session made at first use: most runs accumulate nothing or evaluate nothing. */
export function lazily(make: () => Promise<Session>) {
  let session: Promise<Session> | undefined;
  const get = (): Promise<Session> => (session ??= make());
  return Object.assign(get, { made: () => session });
}

function leavesOf(specs: readonly TrainableSpec[]): Map<string, Tensor> {
  return new Map(specs.map(({ name, shape }) => [name, t.input(name, "float32", shape)]));
}

export function gradientProgram(specs: readonly TrainableSpec[], lossGraph: LossGraph) {
  const leaves = leavesOf(specs);
  const loss = lossGraph(leaves);
  const gradients = grad(loss, [...leaves.values()]);
  return defineProgram({
    loss,
    ...Object.fromEntries([...leaves.keys()].map((name, i) => [`grad:${name}`, gradients[i] as Tensor])),
  });
}

export function lossProgram(specs: readonly TrainableSpec[], lossGraph: LossGraph) {
  return defineProgram({ loss: lossGraph(leavesOf(specs)) });
}
