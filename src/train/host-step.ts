/**
 * The training step in host memory. Three programs share one arena of numbers:
 * gradients (forward and backward, written straight into the arena), norm, and update (in place, row by row).
 * They are separate so that a loss or norm that is not finite is seen before it can reach the parameters.
 */
import { internal } from "../base/errors.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import type { Feeds, HostTensor } from "../runtime/types.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { defineProgram } from "../tensor/program.ts";
import { layOutParameters, type ParameterArena } from "./parameter-arena.ts";
import { gradientProgram, lazily, lossProgram, type StepOptions } from "./step-programs.ts";
import type { TrainStep } from "./train-step.ts";

const vector = (data: Float32Array, shape: readonly number[] = [data.length]): HostTensor => ({
  dtype: "float32",
  shape,
  data,
});

export async function createHostStep(options: StepOptions): Promise<TrainStep> {
  const { specs, optimizer, runtime } = options;
  const arena = layOutParameters(specs);
  const values = arena.allocate();
  const gradients = arena.allocate();
  const slots = optimizer.slots.map(() => arena.allocate());
  for (const spec of specs) {
    arena.view(values, spec.name).set(options.initial.get(spec.name) ?? internal(`no initial value of ${spec.name}`));
  }

  const parameterFeeds: Feeds = Object.fromEntries(
    specs.map(({ name, shape }) => [name, vector(arena.view(values, name), shape)]),
  );
  const gradientTargets = (array: Float32Array): Record<string, HostTensor> =>
    Object.fromEntries(specs.map(({ name, shape }) => [`grad:${name}`, vector(arena.view(array, name), shape)]));
  const matrix = (array: Float32Array): HostTensor => vector(array, [arena.rows, arena.chunk]);

  const gradientSession = await runtime.compile(gradientProgram(specs, options.loss), {
    ...options.compile,
    intoTargets: true,
  });
  const updateSession = await runtime.compile(updateProgram(arena, optimizer), { intoTargets: true });
  const normSession = await runtime.compile(normProgram(arena));
  // Made when first used: most runs accumulate nothing or evaluate nothing.
  const evaluation = lazily(() =>
    runtime.compile(lossProgram(specs, options.evaluationLoss ?? options.loss), options.compile),
  );
  const addition = lazily(() => runtime.compile(additionProgram(), { intoTargets: true }));
  let further: Float32Array | undefined;

  const loss = new Float32Array(1);
  const decay = new Float32Array(arena.rows).fill(options.weightDecay, 0, arena.decayRows);

  const runGradients = (batch: Feeds, into: Float32Array): Promise<void> =>
    gradientSession.runInto({ ...parameterFeeds, ...batch }, { ...gradientTargets(into), loss: vector(loss, []) });

  return {
    specs,
    accumulate: async (batch, { first }) => {
      if (first) await runGradients(batch, gradients);
      else {
        further ??= arena.allocate();
        await runGradients(batch, further);
        const [a, b] = [vector(gradients), vector(further)];
        await (await addition()).runInto({ a, b }, { sum: a });
      }
      return loss[0] as number;
    },
    evaluate: async (batch) => {
      const outputs = await (await evaluation()).run({ ...parameterFeeds, ...batch });
      return Number((outputs["loss"] as HostTensor).data[0]);
    },
    gradientNorm: async () => {
      const { squares } = await normSession.run({ gradients: matrix(gradients) });
      // Rows are summed in float64: float32 loses digits over many rows.
      return Math.sqrt(((squares as HostTensor).data as Float32Array).reduce((sum, row) => sum + row, 0));
    },
    update: async (numbers, clip) => {
      const scalars = Float32Array.from([clip, ...optimizer.scalarValues(numbers)]);
      const state: Record<string, HostTensor> = { parameter: matrix(values) };
      for (const [i, slot] of slots.entries()) state[`slot${i}`] = matrix(slot);
      const feeds = {
        ...state,
        gradient: matrix(gradients),
        decay: vector(decay, [arena.rows, 1]),
        scalars: vector(scalars),
      };
      const targets = Object.fromEntries(Object.entries(state).map(([name, tensor]) => [`new:${name}`, tensor]));
      await updateSession.runInto(feeds, targets);
    },
    readParameters: async () => new Map(specs.map(({ name }) => [name, arena.view(values, name)])),
    readState: async () => ({
      parameters: new Map(specs.map(({ name }) => [name, arena.view(values, name).slice()])),
      slots: new Map(
        slots.flatMap((slot, i) =>
          specs.map(({ name }) => [`${optimizer.slots[i]}/${name}`, arena.view(slot, name).slice()] as const),
        ),
      ),
    }),
    writeState: async (state) => {
      const restore = (into: Float32Array, from: Float32Array | undefined, what: string): void =>
        into.set(from ?? internal(`no saved ${what}`));
      for (const { name } of specs) {
        restore(arena.view(values, name), state.parameters.get(name), name);
        for (const [i, slot] of slots.entries()) {
          const key = `${optimizer.slots[i]}/${name}`;
          restore(arena.view(slot, name), state.slots.get(key), key);
        }
      }
    },
    parameterFeeds: () => parameterFeeds,
    release: async () => {
      await Promise.all([gradientSession, updateSession, normSession].map((session) => session.release()));
      await Promise.all([evaluation.made(), addition.made()].map(async (session) => (await session)?.release()));
    },
  };
}

function normProgram(arena: ParameterArena) {
  const gradients = t.input("gradients", "float32", [arena.rows, arena.chunk]);
  return defineProgram({ squares: t.reduceSumSquare(gradients, [1], { keepDims: false }) });
}

function additionProgram() {
  return defineProgram({ sum: t.add(t.input("a", "float32", ["n"]), t.input("b", "float32", ["n"])) });
}

/** Elementwise over rows, so outputs may be written over the inputs. */
function updateProgram(arena: ParameterArena, optimizer: Optimizer) {
  const shape = [arena.rows, arena.chunk];
  const names = ["parameter", ...optimizer.slots.map((_, i) => `slot${i}`)];
  const state = names.map((name) => t.input(name, "float32", shape));
  const gradient = t.input("gradient", "float32", shape);
  const decay = t.input("decay", "float32", [arena.rows, 1]);
  const packed = t.input("scalars", "float32", [1 + optimizer.scalars.length]);
  const scalars = ["clip", ...optimizer.scalars].map((_, i) => t.squeeze(t.slice(packed, 0, i, i + 1), [0]));
  const updated = t.mapChunks([gradient, decay, ...state], scalars, (rows, captured) => {
    const [rowGradient, weightDecay, parameter, ...slots] = rows as [Tensor, Tensor, Tensor, ...Tensor[]];
    const [clip, ...rest] = captured as [Tensor, ...Tensor[]];
    const result = optimizer.update({
      parameter,
      gradient: t.mul(rowGradient, clip),
      slots,
      scalars: rest,
      weightDecay,
    });
    return [result.parameter, ...result.slots];
  });
  return defineProgram(Object.fromEntries(names.map((name, i) => [`new:${name}`, updated[i] as Tensor])));
}
