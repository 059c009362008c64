/** What the steps on host and device share: their options, and the programs that do not know where numbers live. */
import type { LossTerms } from "../losses/loss-terms.ts";
import type { Groups } from "../optim/groups.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { CompileOptions, Runtime, Session } from "../runtime/types.ts";
import { grad } from "../tensor/autodiff.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { defineProgram, type Program } from "../tensor/program.ts";
import { scalarCount, type TrainableSpec } from "./regions.ts";
import type { LossGraph, LossValues } from "./train-step.ts";

export interface StepOptions {
  readonly specs: readonly TrainableSpec[];
  /** Starting values by name. */
  readonly initial: ReadonlyMap<string, Float32Array>;
  readonly loss: LossGraph;
  /** The loss without what only training does (dropout); default: the same. */
  readonly evaluationLoss?: LossGraph;
  readonly groups: Groups;
  /** Whether a step gathers gradients of several micro-batches; true unless said. */
  readonly accumulates?: boolean;
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

/**
 * Loss and gradients. Where `adds`, each gradient is added to an input `sum:NAME`: one addition as the last operator,
 * so that the result may be written over that input.
 */
export function gradientProgram(
  specs: readonly TrainableSpec[],
  lossGraph: LossGraph,
  { adds = false }: { readonly adds?: boolean } = {},
) {
  const leaves = leavesOf(specs);
  const terms = lossGraph(leaves);
  const gradients = grad(terms.loss, [...leaves.values()]);
  const made = specs.map(({ name, shape }, i) => {
    const gradient = gradients[i] as Tensor;
    return [`grad:${name}`, adds ? t.add(t.input(`sum:${name}`, "float32", shape), gradient) : gradient] as const;
  });
  return defineProgram({ ...lossOutputs(terms), ...Object.fromEntries(made) });
}

export function lossProgram(specs: readonly TrainableSpec[], lossGraph: LossGraph) {
  return defineProgram(lossOutputs(lossGraph(leavesOf(specs))));
}

const SUM = "total:";

function lossOutputs({ loss, sums }: LossTerms): Record<string, Tensor> {
  return { loss, ...Object.fromEntries(Object.entries(sums).map(([name, sum]) => [SUM + name, sum])) };
}

/** The outputs of these two programs that are no gradients. */
export const lossNames = ({ outputs }: Program): readonly string[] =>
  [...outputs.keys()].filter((name) => name === "loss" || name.startsWith(SUM));

/** Reads what {@link lossNames} names. */
export function lossValues(names: readonly string[], read: (name: string) => number): LossValues {
  const sums = names.filter((name) => name !== "loss").map((name) => [name.slice(SUM.length), read(name)]);
  return { loss: read("loss"), sums: Object.fromEntries(sums) as Record<string, number> };
}

/** [clip, decay, the optimizer's own scalars], each a scalar. */
export function unpackScalars(packed: Tensor, optimizer: Optimizer): readonly Tensor[] {
  return Array.from({ length: scalarCount(optimizer) }, (_, i) => t.squeeze(t.slice(packed, 0, i, i + 1), [0]));
}
