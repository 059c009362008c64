/**
 * Optimizer updates in host memory, region by region: one program over the rows of a region where the optimizer looks
 * at numbers one by one, one program for each shape where it looks at whole tensors.
 */
import { internal } from "../base/errors.ts";
import { slotType, startOfSlot, type Optimizer, type SlotValues } from "../optim/optimizer.ts";
import type { HostTensor, Runtime, Session } from "../runtime/types.ts";
import * as t from "../tensor/functions.ts";
import { reachable, type Tensor } from "../tensor/graph.ts";
import { defineProgram } from "../tensor/program.ts";
import type { ParameterArena } from "./parameter-arena.ts";
import { scalarCount, sizeOf, slotsOf, type Region, type TrainableSpec } from "./regions.ts";
import { unpackScalars } from "./step-programs.ts";

export interface RegionUpdate {
  /** Updates values and slots in place; `scalars` as scalarsOf gives them, `turn` counts the updates of the region. */
  readonly run: (scalars: Float32Array, turn: number) => Promise<void>;
  /** The slot of that key, made when it is first asked for. */
  readonly slot: (key: string) => SlotValues;
  /** Forgets all slots: the next update begins anew. */
  readonly forget: () => void;
  /** Writes what is evaluated and saved into an array of the arena, where the optimizer tells it from the parameters. */
  readonly show: (into: Float32Array) => Promise<void>;
  readonly release: () => Promise<void>;
}

export interface RegionPlace {
  readonly region: Region;
  /** Place of the region in the arena. */
  readonly index: number;
  readonly arena: ParameterArena;
  readonly values: Float32Array;
  readonly gradients: Float32Array;
  readonly runtime: Runtime;
}

export const hostTensor = (data: SlotValues, shape: readonly number[] = [data.length]): HostTensor => ({
  dtype: data instanceof Uint8Array ? "uint8" : "float32",
  shape,
  data,
});

export function createRegionUpdate(place: RegionPlace): Promise<RegionUpdate> {
  return place.region.optimizer.over === "elements" ? elementsUpdate(place) : tensorUpdate(place);
}

async function elementsUpdate(place: RegionPlace): Promise<RegionUpdate> {
  const { region, index, arena, values, runtime } = place;
  const { optimizer, specs } = region;
  const { start, count } = arena.ranges[index] ?? internal("a region without rows");
  const rowsOf = (array: Float32Array): Float32Array =>
    array.subarray(start * arena.chunk, (start + count) * arena.chunk);
  const matrix = (array: Float32Array): HostTensor => hostTensor(array, [count, arena.chunk]);
  const session = await runtime.compile(rowsProgram(optimizer, arena.chunk), { intoTargets: true });
  const shown =
    optimizer.shown === undefined
      ? undefined
      : await runtime.compile(rowsShown(optimizer, arena.chunk), { intoTargets: true });
  const names = optimizer.slots([1]).map(({ name }) => name);
  let made: readonly Float32Array[] | undefined;
  const slots = (): readonly Float32Array[] => {
    made ??= names.map((_, i) => {
      const array = new Float32Array(count * arena.chunk);
      for (const spec of specs) {
        const slot = optimizer.slots(spec.shape)[i] ?? internal("a slot is missing");
        if (slot.start !== undefined) {
          arena.viewInRegion(array, spec.name).set(startOfSlot(slot, arena.view(values, spec.name)));
        }
      }
      return array;
    });
    return made;
  };
  const state = (): Record<string, HostTensor> => ({
    parameter: matrix(rowsOf(values)),
    ...Object.fromEntries(slots().map((slot, i) => [`slot${i}`, matrix(slot)])),
  });
  return {
    run: async (scalars) => {
      const inPlace = state();
      const targets = Object.fromEntries(Object.entries(inPlace).map(([name, tensor]) => [`new:${name}`, tensor]));
      const gradient = matrix(rowsOf(place.gradients));
      await session.runInto({ ...inPlace, gradient, scalars: hostTensor(scalars) }, targets);
    },
    slot: (key) => {
      const i = names.findIndex((name) => key.startsWith(`${name}/`));
      return arena.viewInRegion(slots()[i] ?? internal(`no slot ${key}`), key.slice(key.indexOf("/") + 1));
    },
    forget: () => {
      made = undefined;
    },
    show: async (into) => {
      if (shown === undefined) rowsOf(into).set(rowsOf(values));
      else await shown.runInto(state(), { shown: matrix(rowsOf(into)) });
    },
    release: async () => {
      await Promise.all([session.release(), shown?.release()]);
    },
  };
}

/** Elementwise over rows, so outputs may be written over the inputs. */
function rowsProgram(optimizer: Optimizer, chunk: number) {
  const { names, leaves } = rowLeaves(optimizer, chunk);
  const gradient = t.input("gradient", "float32", ["rows", chunk]);
  const scalars = unpackScalars(t.input("scalars", "float32", [scalarCount(optimizer)]), optimizer);
  const updated = t.mapChunks([gradient, ...leaves], scalars, (rows, captured) => {
    const [rowGradient, parameter, ...slots] = rows as [Tensor, Tensor, ...Tensor[]];
    const [clip, weightDecay, ...own] = captured as [Tensor, Tensor, ...Tensor[]];
    const clipped = t.mul(rowGradient, clip);
    const result = optimizer.update({ parameter, gradient: clipped, slots, scalars: own, weightDecay });
    const results = [result.parameter, ...result.slots];
    checkInPlace(optimizer, [parameter, ...slots], results);
    return results;
  });
  return defineProgram(Object.fromEntries(names.map((name, i) => [`new:${name}`, updated[i] as Tensor])));
}

/** Where a result is written over its old value, whatever reads the old one must come before. */
function checkInPlace(optimizer: Optimizer, old: readonly Tensor[], results: readonly Tensor[]): void {
  const all = reachable(results);
  for (const [i, leaf] of old.entries()) {
    const before = new Set(reachable([results[i] ?? internal("a result is missing")]));
    const late = all.find((node) => node.inputs.includes(leaf) && !before.has(node));
    if (late !== undefined) internal(`${optimizer.name}: ${late.op} may read a value that is already overwritten`);
  }
}

function rowsShown(optimizer: Optimizer, chunk: number) {
  const [parameter, ...slots] = rowLeaves(optimizer, chunk).leaves as [Tensor, ...Tensor[]];
  return defineProgram({ shown: optimizer.shown?.(parameter, slots) ?? internal("nothing to show") });
}

function rowLeaves(optimizer: Optimizer, chunk: number) {
  const names = ["parameter", ...optimizer.slots([1]).map((_, i) => `slot${i}`)];
  return { names, leaves: names.map((name) => t.input(name, "float32", ["rows", chunk])) };
}

async function tensorUpdate(place: RegionPlace): Promise<RegionUpdate> {
  const { region, arena, values, runtime } = place;
  const { optimizer, specs } = region;
  const sessions = new Map<string, Session>();
  const shown = new Map<string, Session>();
  for (const { shape } of specs) {
    const key = shape.join();
    const showing = tensorShown(optimizer, shape);
    if (showing !== undefined && !shown.has(key)) shown.set(key, await runtime.compile(showing, { intoTargets: true }));
    if (!sessions.has(key))
      sessions.set(key, await runtime.compile(tensorProgram(optimizer, shape), { intoTargets: true }));
  }
  const slots = new Map<string, SlotValues>();
  const keyed = new Map(specs.flatMap((spec) => slotsOf(region, spec).map((slot) => [slot.key, slot] as const)));
  const slotAt = (key: string): SlotValues => {
    const { slot, parameter } = keyed.get(key) ?? internal(`no slot ${key}`);
    const found = slots.get(key) ?? startOfSlot(slot, arena.view(values, parameter));
    slots.set(key, found);
    return found;
  };
  // A tensor's update reads what it writes as a whole, so results have a place of their own first.
  const largest = new Float32Array(Math.max(...specs.map(sizeOf)));
  const updateOne = async (spec: TrainableSpec, scalars: Float32Array): Promise<void> => {
    const own = slotsOf(region, spec);
    const session = sessions.get(spec.shape.join()) ?? internal(`no update of ${spec.name}`);
    const parameter = arena.view(values, spec.name);
    const results = [
      { into: parameter, shape: spec.shape, made: largest.subarray(0, parameter.length) as SlotValues },
      ...own.map(({ key, slot }) => ({ into: slotAt(key), shape: slot.shape, made: slotAt(key).slice() })),
    ];
    const named = (i: number): string => (i === 0 ? "parameter" : `slot${i - 1}`);
    const feeds = Object.fromEntries(results.map(({ into, shape }, i) => [named(i), hostTensor(into, shape)]));
    const targets = Object.fromEntries(
      results.map(({ made, shape }, i) => [`new:${named(i)}`, hostTensor(made, shape)]),
    );
    const gradient = hostTensor(arena.view(place.gradients, spec.name), spec.shape);
    await session.runInto({ ...feeds, gradient, scalars: hostTensor(scalars) }, targets);
    for (const { into, made } of results) into.set(made);
  };
  return {
    run: async (scalars, turn) => {
      for (const spec of specs) {
        if (optimizer.refresh?.due(turn)) {
          const made = optimizer.refresh.make(spec, arena.view(place.gradients, spec.name), turn);
          for (const [slot, fresh] of Object.entries(made)) slotAt(`${slot}/${spec.name}`).set(fresh);
        }
        await updateOne(spec, scalars);
      }
    },
    slot: slotAt,
    forget: () => slots.clear(),
    show: async (into) => {
      for (const spec of specs) {
        const [from, to] = [arena.view(values, spec.name), arena.view(into, spec.name)];
        const session = shown.get(spec.shape.join());
        if (session === undefined) to.set(from);
        else {
          const slots = slotsOf(region, spec).map(({ key, slot }, i) => [
            `slot${i}`,
            hostTensor(slotAt(key), slot.shape),
          ]);
          const feeds = { parameter: hostTensor(from, spec.shape), ...Object.fromEntries(slots) };
          await session.runInto(feeds, { shown: hostTensor(to, spec.shape) });
        }
      }
    },
    release: async () => {
      await Promise.all([...sessions.values(), ...shown.values()].map((session) => session.release()));
    },
  };
}

function slotLeaves(optimizer: Optimizer, shape: readonly number[]): readonly Tensor[] {
  return optimizer.slots(shape).map((slot, i) => {
    const type = slotType(slot);
    return t.input(`slot${i}`, type.dtype, type.shape);
  });
}

function tensorShown(optimizer: Optimizer, shape: readonly number[]) {
  const made = optimizer.shown?.(t.input("parameter", "float32", shape), slotLeaves(optimizer, shape));
  return made === undefined ? undefined : defineProgram({ shown: made });
}

function tensorProgram(optimizer: Optimizer, shape: readonly number[]) {
  const slots = slotLeaves(optimizer, shape);
  const [clip, weightDecay, ...scalars] = unpackScalars(
    t.input("scalars", "float32", [scalarCount(optimizer)]),
    optimizer,
  ) as [Tensor, Tensor, ...Tensor[]];
  const gradient = t.mul(t.input("gradient", "float32", shape), clip);
  const parameter = t.input("parameter", "float32", shape);
  const updated = optimizer.update({ parameter, gradient, slots, scalars, weightDecay });
  return defineProgram({
    "new:parameter": updated.parameter,
    ...Object.fromEntries(updated.slots.map((slot, i) => [`new:slot${i}`, slot])),
  });
}
