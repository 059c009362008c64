/**
 * The training step in host memory. Gradients (forward and backward) are written straight into an arena, those of
 * further micro-batches added to it in place; then the norm, and an update of each region. They are separate so that a loss or norm that is not finite is seen before it can reach
 * the parameters.
 */
import { internal } from "../base/errors.ts";
import type { SlotValues } from "../optim/optimizer.ts";
import type { Feeds, HostTensor } from "../runtime/types.ts";
import * as t from "../tensor/functions.ts";
import { defineProgram } from "../tensor/program.ts";
import { createRegionUpdate, hostTensor, type RegionUpdate } from "./host-update.ts";
import { layOutParameters, type ParameterArena } from "./parameter-arena.ts";
import { regionsOf, scalarsOf, slotsAfter, slotsOf, turnOf, type Region } from "./regions.ts";
import { gradientProgram, lazily, lossNames, lossProgram, lossValues, type StepOptions } from "./step-programs.ts";
import type { TrainStep } from "./train-step.ts";

export async function createHostStep(options: StepOptions): Promise<TrainStep> {
  // Nothing below that outlives this call may name `options`: it holds the starting values.
  const { specs, groups, runtime, accumulates = true, loss: trainingLoss, compile } = options;
  const evaluationLoss = options.evaluationLoss ?? trainingLoss;
  const regions = regionsOf(specs, groups);
  const arena = layOutParameters(regions);
  const values = arena.allocate();
  const gradients = arena.allocate();
  for (const spec of specs) {
    arena.view(values, spec.name).set(options.initial.get(spec.name) ?? internal(`no initial value of ${spec.name}`));
  }
  const keeps = groups.keepsSlots ?? true;

  const tensors = (array: Float32Array, prefix: string): Record<string, HostTensor> =>
    Object.fromEntries(
      specs.map(({ name, shape }) => [prefix + name, hostTensor(arena.view(array, name), shape)] as const),
    );
  const parameterFeeds: Feeds = tensors(values, "");

  const gradientsAndLoss = gradientProgram(specs, trainingLoss, { adds: accumulates });
  const gradientSession = await runtime.compile(gradientsAndLoss, {
    ...compile,
    intoTargets: true,
  });
  const updates: RegionUpdate[] = [];
  for (const [index, region] of regions.entries()) {
    updates.push(await createRegionUpdate({ region, index, arena, values, gradients, runtime }));
  }
  const updateOf = (region: Region): RegionUpdate => updates[regions.indexOf(region)] ?? internal("no update");
  const normSession = await runtime.compile(normProgram(arena));
  // Made when first used: many runs evaluate nothing.
  const evaluated = lossProgram(specs, evaluationLoss);
  const evaluation = lazily(() => runtime.compile(evaluated, compile));

  const losses = Object.fromEntries(lossNames(gradientsAndLoss).map((name) => [name, new Float32Array(1)]));
  const lossTargets = Object.fromEntries(Object.entries(losses).map(([name, data]) => [name, hostTensor(data, [])]));
  const gradientTargets = { ...tensors(gradients, "grad:"), ...lossTargets };
  const gradientFeeds = { ...parameterFeeds, ...(accumulates ? tensors(gradients, "sum:") : {}) };

  /** Slots that there are now: a unit at rest may have none. */
  const held = new Set<Region>(keeps ? regions : []);
  const differs = regions.some(({ optimizer }) => optimizer.shown !== undefined);
  let shown: Float32Array | undefined;
  const shownValues = async (): Promise<Float32Array> => {
    if (!differs) return values;
    if (shown === undefined) {
      shown = arena.allocate();
      for (const update of updates) await update.show(shown);
    }
    return shown;
  };

  return {
    specs,
    slotsAfter: (step) => slotsAfter(regions, groups, step),
    accumulate: async (batch, { first }) => {
      if (!first && !accumulates) internal("a step that does not accumulate got a second micro-batch");
      if (first && accumulates) gradients.fill(0);
      await gradientSession.runInto({ ...gradientFeeds, ...batch }, gradientTargets);
      return lossValues(Object.keys(losses), (name) => losses[name]?.[0] ?? Number.NaN);
    },
    evaluate: async (batch) => {
      const feeds = differs ? tensors(await shownValues(), "") : parameterFeeds;
      const outputs = await (await evaluation()).run({ ...feeds, ...batch });
      return lossValues(lossNames(evaluated), (name) => Number((outputs[name] as HostTensor).data[0]));
    },
    gradientNorm: async (step) => {
      const { squares } = await normSession.run({ gradients: hostTensor(gradients, [arena.rows, arena.chunk]) });
      const rows = (squares as HostTensor).data as Float32Array;
      // Rows are summed in float64: float32 loses digits over many rows.
      let sum = 0;
      for (const [i, region] of regions.entries()) {
        const { start, count } = arena.ranges[i] ?? internal("a region without rows");
        if (turnOf(groups, region, step) === undefined) continue;
        for (let row = start; row < start + count; row++) sum += rows[row] as number;
      }
      return Math.sqrt(sum);
    },
    update: async (numbers, clip) => {
      shown = undefined;
      for (const region of regions) {
        const turn = turnOf(groups, region, numbers.step);
        if (!keeps && (turn === undefined || turn === 1)) {
          updateOf(region).forget();
          held.delete(region);
        }
        if (turn === undefined) continue;
        held.add(region);
        await updateOf(region).run(scalarsOf(region, numbers, turn, clip), turn);
      }
    },
    readParameters: async () => {
      const array = await shownValues();
      return new Map(specs.map(({ name }) => [name, arena.view(array, name)]));
    },
    readState: async ({ views = false } = {}) => {
      const kept = <Values extends SlotValues>(values: Values): Values => (views ? values : (values.slice() as Values));
      const copies = (array: Float32Array) => new Map(specs.map(({ name }) => [name, kept(arena.view(array, name))]));
      const slots = regions
        .filter((region) => held.has(region))
        .flatMap((region) =>
          region.specs.flatMap((spec) =>
            slotsOf(region, spec).map(({ key }) => [key, kept(updateOf(region).slot(key))] as const),
          ),
        );
      return {
        parameters: copies(values),
        slots: new Map(slots),
        ...(differs ? { shown: copies(await shownValues()) } : {}),
      };
    },
    writeState: async (state) => {
      shown = undefined;
      for (const { name } of specs) {
        arena.view(values, name).set(state.parameters.get(name) ?? internal(`no saved ${name}`));
      }
      held.clear();
      for (const region of regions) {
        const saved = region.specs.flatMap((spec) => slotsOf(region, spec).map(({ key }) => key));
        if (keeps || saved.some((key) => state.slots.has(key))) held.add(region);
        else updateOf(region).forget();
        if (!held.has(region)) continue;
        for (const key of saved)
          updateOf(region)
            .slot(key)
            .set(state.slots.get(key) ?? internal(`no saved ${key}`));
      }
    },
    release: async () => {
      await Promise.all([gradientSession, normSession, ...updates].map((one) => one.release()));
      await (await evaluation.made())?.release();
    },
  };
}

function normProgram(arena: ParameterArena) {
  const gradients = t.input("gradients", "float32", [arena.rows, arena.chunk]);
  return defineProgram({ squares: t.reduceSumSquare(gradients, [1], { keepDims: false }) });
}
