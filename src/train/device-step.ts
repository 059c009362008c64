/**
 * The training step with all numbers on a device: parameters, optimizer slots and gradients are buffers that flow
 * from the outputs of one program to the inputs of the next and never visit the host, but for the loss, the
 * gradient norm and checkpoints. Same programs and arithmetic as host-step.ts, one update program per region.
 */
import { internal } from "../base/errors.ts";
import { startOfSlot, slotType, type SlotValues } from "../optim/optimizer.ts";
import type { HostTensor, RuntimeTensor, Session } from "../runtime/types.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { defineProgram, type Program } from "../tensor/program.ts";
import { hostTensor } from "./host-update.ts";
import {
  regionsOf,
  scalarCount,
  scalarsOf,
  slotsAfter,
  slotsOf,
  turnOf,
  type Region,
  type TrainableSpec,
} from "./regions.ts";
import {
  gradientProgram,
  lazily,
  lossNames,
  lossProgram,
  lossValues,
  unpackScalars,
  type StepOptions,
} from "./step-programs.ts";
import type { TrainStep } from "./train-step.ts";

type Values = Readonly<Record<string, RuntimeTensor>>;

export async function createDeviceStep(options: StepOptions): Promise<TrainStep> {
  const { specs, groups, runtime, initial, loss, compile } = options;
  const evaluationLoss = options.evaluationLoss ?? loss;
  const regions = regionsOf(specs, groups);
  const keeps = groups.keepsSlots ?? true;
  const differs = regions.some(({ optimizer }) => optimizer.shown !== undefined);
  const resident = (program: Program, host: readonly string[] = []): Promise<Session> =>
    runtime.compile(program, {
      ...compile,
      keepOnDevice: [...program.outputs.keys()].filter((name) => !host.includes(name)),
    });

  const gradientsAndLoss = gradientProgram(specs, loss);
  const losses = lossNames(gradientsAndLoss);
  const gradientSession = await resident(gradientsAndLoss, losses);
  const updateSessions = new Map<Region, Session>();
  for (const region of regions) updateSessions.set(region, await resident(updateProgram(region)));
  const normSession = await runtime.compile(normProgram(specs));
  const upload = await resident(copyProgram(specs));
  const evaluated = lossProgram(specs, evaluationLoss);
  const evaluation = lazily(() => runtime.compile(evaluated, compile));
  const addition = lazily(() => resident(additionProgram(specs)));
  const showing = lazily(() => resident(shownProgram(regions)));

  const toDevice = async (read: (name: string) => Float32Array): Promise<Values> => {
    const feeds = Object.fromEntries(specs.map(({ name, shape }) => [name, hostTensor(read(name), shape)] as const));
    return rename(await upload.run(feeds), "copy:", "");
  };
  let parameters = await toDevice((name) => initial.get(name) ?? internal(`no initial value of ${name}`));
  let gradients: Values = {};
  /** By `slot/parameter`; a slot that was never updated lies on the host. */
  const slots = new Map<string, RuntimeTensor>();

  const keysOf = (region: Region) => region.specs.flatMap((spec) => slotsOf(region, spec));
  const forget = (region: Region): void => {
    for (const { key } of keysOf(region)) {
      release({ [key]: slots.get(key) ?? hostTensor(new Float32Array()) });
      slots.delete(key);
    }
  };
  const begin = async (region: Region, from: Values): Promise<void> => {
    for (const { key, slot, parameter } of keysOf(region)) {
      if (slots.has(key)) continue;
      const values = slot.start === "parameter" ? await hostCopy(from[parameter]) : new Float32Array();
      slots.set(key, { ...hostTensor(startOfSlot(slot, values as Float32Array), slot.shape) });
    }
  };
  const refresh = async ({ optimizer, specs: own }: Region, turn: number): Promise<void> => {
    if (!optimizer.refresh?.due(turn)) return;
    for (const spec of own) {
      const gradient = (await hostCopy(gradients[`grad:${spec.name}`])) as Float32Array;
      for (const { key, slot } of slotsOf({ optimizer }, spec)) {
        const fresh = optimizer.refresh.make(spec, gradient, turn)[slot.name];
        if (fresh === undefined) continue;
        release({ [key]: slots.get(key) ?? internal(`no slot ${key}`) });
        slots.set(key, hostTensor(fresh, slot.shape));
      }
    }
  };
  const hostCopy = async (tensor: RuntimeTensor | undefined): Promise<SlotValues> =>
    (await runtime.toHost(tensor ?? internal("no value to read"))).data as SlotValues;
  const read = async (values: Values): Promise<Map<string, Float32Array>> => {
    const copies = new Map<string, Float32Array>();
    for (const { name } of specs) copies.set(name, (await hostCopy(values[name])) as Float32Array);
    return copies;
  };
  if (keeps) for (const region of regions) await begin(region, parameters);

  let shown: Values | undefined;
  const shownValues = async (): Promise<Values> => {
    if (!differs) return parameters;
    const state = Object.fromEntries([...slots].map(([key, value]) => [`slot:${key}`, value]));
    shown ??= rename(await (await showing()).run({ ...parameters, ...state }), "shown:", "");
    return shown;
  };
  const changed = (): void => {
    if (shown !== undefined) release(shown);
    shown = undefined;
  };

  return {
    specs,
    slotsAfter: (step) => slotsAfter(regions, groups, step),
    accumulate: async (batch, { first }) => {
      const outputs = await gradientSession.run({ ...parameters, ...batch });
      const found = Object.fromEntries(Object.entries(outputs).filter(([name]) => !losses.includes(name)));
      if (first) {
        release(gradients);
        gradients = found;
      } else {
        const sums = await (await addition()).run({ ...gradients, ...rename(found, "grad:", "more:") });
        release(gradients);
        release(found);
        gradients = rename(sums, "sum:", "grad:");
      }
      return lossValues(losses, (name) => firstNumber(outputs[name]));
    },
    evaluate: async (batch) => {
      const outputs = await (await evaluation()).run({ ...(await shownValues()), ...batch });
      return lossValues(lossNames(evaluated), (name) => firstNumber(outputs[name]));
    },
    gradientNorm: async (step) => {
      const { squares } = await normSession.run(gradients);
      const parts = (squares as HostTensor).data as Float32Array;
      const moving = new Set(
        regions.filter((region) => turnOf(groups, region, step) !== undefined).flatMap((region) => region.specs),
      );
      return Math.sqrt(specs.reduce((sum, spec, i) => sum + (moving.has(spec) ? (parts[i] as number) : 0), 0));
    },
    update: async (numbers, clip) => {
      changed();
      for (const region of regions) {
        const turn = turnOf(groups, region, numbers.step);
        if (!keeps && (turn === undefined || turn === 1)) forget(region);
        if (turn === undefined) continue;
        await begin(region, parameters);
        await refresh(region, turn);
        const keys = keysOf(region).map(({ key }) => key);
        const names = region.specs.map(({ name }) => name);
        const session = updateSessions.get(region) ?? internal("no update");
        const state = Object.fromEntries(keys.map((key) => [`slot:${key}`, slots.get(key) ?? internal(`no ${key}`)]));
        const own = Object.fromEntries(
          names.flatMap((name) =>
            [name, `grad:${name}`].map((key) => [
              key,
              (key === name ? parameters : gradients)[key] ?? internal(`no ${key}`),
            ]),
          ),
        );
        const updated = await session.run({
          ...own,
          ...state,
          scalars: hostTensor(scalarsOf(region, numbers, turn, clip)),
        });
        release(Object.fromEntries(names.map((name) => [name, parameters[name] as RuntimeTensor])));
        release(state);
        parameters = Object.assign({}, parameters, pick(updated, "new:"));
        for (const [key, value] of Object.entries(pick(updated, "newslot:"))) slots.set(key, value);
      }
    },
    readParameters: async () => read(await shownValues()),
    readState: async () => {
      const copies = new Map<string, SlotValues>();
      for (const [key, value] of slots) copies.set(key, await hostCopy(value));
      return {
        parameters: await read(parameters),
        slots: copies,
        ...(differs ? { shown: await read(await shownValues()) } : {}),
      };
    },
    writeState: async (state) => {
      changed();
      release(parameters);
      parameters = await toDevice((name) => state.parameters.get(name) ?? internal(`no saved ${name}`));
      for (const region of regions) {
        forget(region);
        const keys = keysOf(region);
        if (!keeps && !keys.some(({ key }) => state.slots.has(key))) continue;
        for (const { key, slot } of keys) {
          slots.set(key, hostTensor(state.slots.get(key) ?? internal(`no saved ${key}`), slot.shape));
        }
      }
    },
    release: async () => {
      changed();
      for (const old of [parameters, gradients, Object.fromEntries(slots)]) release(old);
      const made = [gradientSession, normSession, upload, ...updateSessions.values()];
      await Promise.all(made.map((session) => session.release()));
      const later = [evaluation, addition, showing];
      await Promise.all(later.map(async (one) => (await one.made())?.release()));
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

function slotLeaves(region: Region, spec: TrainableSpec) {
  return slotsOf(region, spec).map(({ key, slot }) => {
    const { dtype, shape } = slotType(slot);
    return { key, leaf: t.input(`slot:${key}`, dtype, shape) };
  });
}

function updateProgram(region: Region): Program {
  const { optimizer, specs } = region;
  const packed = t.input("scalars", "float32", [scalarCount(optimizer)]);
  const [clip, weightDecay, ...scalars] = unpackScalars(packed, optimizer) as [Tensor, Tensor, ...Tensor[]];
  const made: Record<string, Tensor> = {};
  for (const spec of specs) {
    const own = slotLeaves(region, spec);
    const updated = optimizer.update({
      parameter: t.input(spec.name, "float32", spec.shape),
      gradient: t.mul(t.input(`grad:${spec.name}`, "float32", spec.shape), clip),
      slots: own.map(({ leaf }) => leaf),
      scalars,
      weightDecay,
    });
    made[`new:${spec.name}`] = updated.parameter;
    for (const [i, { key }] of own.entries()) made[`newslot:${key}`] = updated.slots[i] as Tensor;
  }
  return defineProgram(made);
}

function shownProgram(regions: readonly Region[]): Program {
  const made: Record<string, Tensor> = {};
  for (const region of regions) {
    for (const spec of region.specs) {
      const parameter = t.input(spec.name, "float32", spec.shape);
      const slots = slotLeaves(region, spec).map(({ leaf }) => leaf);
      made[`shown:${spec.name}`] = region.optimizer.shown?.(parameter, slots) ?? parameter;
    }
  }
  return defineProgram(made);
}
