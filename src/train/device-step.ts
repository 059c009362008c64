/**
 * The training step with all numbers on a device: parameters, optimizer slots and gradients are buffers that flow
 * from the outputs of one program to the inputs of the next and never visit the host, but for the loss, the
 * gradient norm and checkpoints. Same programs and arithmetic as host-step.ts, one update per tensor.
 */
import { internal } from "../base/errors.ts";
import type { Feeds, HostTensor, RuntimeTensor, Session } from "../runtime/types.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { defineProgram, type Program } from "../tensor/program.ts";
import type { Optimizer } from "../optim/optimizer.ts";
import { decays, type TrainableSpec } from "./parameter-arena.ts";
import { gradientProgram, lazily, lossProgram, type StepOptions } from "./step-programs.ts";
import type { TrainStep } from "./train-step.ts";

type Values = Readonly<Record<string, RuntimeTensor>>;

export async function createDeviceStep(options: StepOptions): Promise<TrainStep> {
  const { specs, optimizer, runtime } = options;
  const names = specs.map(({ name }) => name);
  const resident = (program: Program, host: readonly string[] = []): Promise<Session> =>
    runtime.compile(program, {
      ...options.compile,
      keepOnDevice: [...program.outputs.keys()].filter((name) => !host.includes(name)),
    });

  const gradientSession = await resident(gradientProgram(specs, options.loss), ["loss"]);
  const updateSession = await resident(updateProgram(specs, optimizer, options.weightDecay));
  const normSession = await runtime.compile(normProgram(specs));
  const upload = await resident(copyProgram(specs));
  const evaluation = lazily(() =>
    runtime.compile(lossProgram(specs, options.evaluationLoss ?? options.loss), options.compile),
  );
  const addition = lazily(() => resident(additionProgram(specs)));

  const toDevice = async (read: (name: string) => Float32Array): Promise<Values> => {
    const feeds = Object.fromEntries(
      specs.map(({ name, shape }): [string, HostTensor] => [name, { dtype: "float32", shape, data: read(name) }]),
    );
    return rename(await upload.run(feeds), "copy:", "");
  };
  const zeros = (): Promise<Values> =>
    toDevice((name) => {
      const shape = specs.find((spec) => spec.name === name)?.shape ?? [];
      return new Float32Array(shape.reduce((a, b) => a * b, 1));
    });

  let parameters = await toDevice((name) => options.initial.get(name) ?? internal(`no initial value of ${name}`));
  let slots: Values[] = [];
  for (const _ of optimizer.slots) slots.push(await zeros());
  let gradients: Values = {};

  const read = async (values: Values): Promise<Map<string, Float32Array>> => {
    const copies = new Map<string, Float32Array>();
    for (const name of names) {
      const { data } = await runtime.toHost(values[name] ?? internal(`no value of ${name}`));
      copies.set(name, data as Float32Array);
    }
    return copies;
  };

  return {
    specs,
    accumulate: async (batch, { first }) => {
      const { loss, ...found } = await gradientSession.run({ ...parameters, ...batch });
      if (first) {
        release(gradients);
        gradients = found;
      } else {
        const sums = await (await addition()).run({ ...gradients, ...rename(found, "grad:", "more:") });
        release(gradients);
        release(found);
        gradients = rename(sums, "sum:", "grad:");
      }
      return firstNumber(loss);
    },
    evaluate: async (batch) => {
      const { loss } = await (await evaluation()).run({ ...parameters, ...batch });
      return firstNumber(loss);
    },
    gradientNorm: async () => {
      const { squares } = await normSession.run(gradients);
      return Math.sqrt(((squares as HostTensor).data as Float32Array).reduce((sum, part) => sum + part, 0));
    },
    update: async (numbers, clip) => {
      const scalars = Float32Array.from([clip, ...optimizer.scalarValues(numbers)]);
      const state = slots.map((slot, i) => rename(slot, "", `slot${i}:`));
      const feeds: Feeds = Object.assign(
        { scalars: { dtype: "float32", shape: [scalars.length], data: scalars } },
        parameters,
        gradients,
        ...state,
      );
      const updated = await updateSession.run(feeds);
      for (const old of [parameters, ...slots]) release(old);
      parameters = pick(updated, "new:");
      slots = slots.map((_, i) => pick(updated, `newslot${i}:`));
    },
    readParameters: () => read(parameters),
    readState: async () => {
      const entries: [string, Float32Array][] = [];
      for (const [i, slot] of slots.entries()) {
        for (const [name, values] of await read(slot)) entries.push([`${optimizer.slots[i]}/${name}`, values]);
      }
      return { parameters: await read(parameters), slots: new Map(entries) };
    },
    writeState: async (state) => {
      for (const old of [parameters, ...slots]) release(old);
      parameters = await toDevice((name) => state.parameters.get(name) ?? internal(`no saved ${name}`));
      slots = [];
      for (const slot of optimizer.slots) {
        slots.push(
          await toDevice((name) => state.slots.get(`${slot}/${name}`) ?? internal(`no saved ${slot}/${name}`)),
        );
      }
    },
    parameterFeeds: () => parameters,
    release: async () => {
      for (const old of [parameters, gradients, ...slots]) release(old);
      await Promise.all([gradientSession, updateSession, normSession, upload].map((session) => session.release()));
      await Promise.all([evaluation.made(), addition.made()].map(async (session) => (await session)?.release()));
    },
  };
}

function firstNumber(tensor: RuntimeTensor | undefined): number {
  return Number((tensor as HostTensor).data[0]);
}

function release(values: Values): void {
  for (const value of Object.values(values)) if ("location" in value) value.release();
}

/** The same values under names with another prefix. */
function rename(values: Values, from: string, to: string): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [to + name.slice(from.length), value]));
}

function pick(values: Values, prefix: string): Values {
  return rename(Object.fromEntries(Object.entries(values).filter(([name]) => name.startsWith(prefix))), prefix, "");
}

function leaves(specs: readonly TrainableSpec[], prefix: string): readonly Tensor[] {
  return specs.map(({ name, shape }) => t.input(prefix + name, "float32", shape));
}

function outputs(specs: readonly TrainableSpec[], prefix: string, values: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(specs.map(({ name }, i) => [prefix + name, values[i] as Tensor]));
}

function copyProgram(specs: readonly TrainableSpec[]): Program {
  return defineProgram(outputs(specs, "copy:", leaves(specs, "")));
}

function additionProgram(specs: readonly TrainableSpec[]): Program {
  const more = leaves(specs, "more:");
  const sums = leaves(specs, "grad:").map((gradient, i) => t.add(gradient, more[i] as Tensor));
  return defineProgram(outputs(specs, "sum:", sums));
}

/** Sums of squares of each tensor: [tensors]. */
function normProgram(specs: readonly TrainableSpec[]): Program {
  const squares = leaves(specs, "grad:").map((gradient) =>
    t.reshape(
      t.reduceSumSquare(
        gradient,
        gradient.shape.map((_, axis) => axis),
      ),
      [1],
    ),
  );
  return defineProgram({ squares: t.concat(squares, 0) });
}

function updateProgram(specs: readonly TrainableSpec[], optimizer: Optimizer, weightDecay: number): Program {
  const packed = t.input("scalars", "float32", [1 + optimizer.scalars.length]);
  const [clip, ...scalars] = ["clip", ...optimizer.scalars].map((_, i) => t.squeeze(t.slice(packed, 0, i, i + 1), [0]));
  const updated = specs.map((spec) => {
    const leaf = (prefix: string): Tensor => t.input(prefix + spec.name, "float32", spec.shape);
    return optimizer.update({
      parameter: leaf(""),
      gradient: t.mul(leaf("grad:"), clip as Tensor),
      slots: optimizer.slots.map((_, i) => leaf(`slot${i}:`)),
      scalars,
      weightDecay: t.scalar(decays(spec) ? weightDecay : 0),
    });
  });
  const parameters = outputs(
    specs,
    "new:",
    updated.map(({ parameter }) => parameter),
  );
  const slots = optimizer.slots.map((_, i) =>
    outputs(
      specs,
      `newslot${i}:`,
      updated.map((one) => one.slots[i] as Tensor),
    ),
  );
  return defineProgram(Object.assign(parameters, ...slots) as Record<string, Tensor>);
}
