/**
 * Trained tensors that are updated alike: by one optimizer, at one rate, with one decay, moving and resting together.
 * A region is what one update program runs over; steps on host and device have the same.
 */
import { internal } from "../base/errors.ts";
import type { Assignment, Groups } from "../optim/groups.ts";
import type { Optimizer, SlotSpec, StepNumbers } from "../optim/optimizer.ts";

export interface TrainableSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface Region extends Assignment {
  readonly specs: readonly TrainableSpec[];
}

/** A slot of one parameter, by the name under which checkpoints hold it. */
export interface KeyedSlot {
  /** `slot/parameter` */
  readonly key: string;
  readonly parameter: string;
  readonly slot: SlotSpec;
}

export function regionsOf(specs: readonly TrainableSpec[], groups: Groups): readonly Region[] {
  const found = new Map<string, Assignment & { readonly specs: TrainableSpec[] }>();
  const names = new Set<string>();
  for (const spec of specs) {
    if (names.has(spec.name)) internal(`parameter ${spec.name} twice`);
    names.add(spec.name);
    const assigned = groups.assign(spec);
    const key = JSON.stringify([assigned.unit, assigned.optimizer.name, assigned.rate, assigned.decay]);
    const region = found.get(key) ?? { ...assigned, specs: [] };
    region.specs.push(spec);
    found.set(key, region);
  }
  return [...found.values()];
}

export const sizeOf = ({ shape }: TrainableSpec): number => shape.reduce((a, b) => a * b, 1);

export function slotsOf(
  { optimizer }: Pick<Region, "optimizer">,
  { name, shape }: TrainableSpec,
): readonly KeyedSlot[] {
  return optimizer.slots(shape).map((slot) => ({ key: `${slot.name}/${name}`, parameter: name, slot }));
}

/** Which update of its own a region makes in a step; undefined when it rests. */
export function turnOf(groups: Groups, { unit }: Region, step: number): number | undefined {
  const turn = groups.turn?.(unit, step) ?? step;
  return turn === "rest" ? undefined : turn;
}

/** The slots that there are after `step` steps, by key. */
export function slotsAfter(regions: readonly Region[], groups: Groups, step: number): ReadonlyMap<string, KeyedSlot> {
  const kept = (region: Region): boolean =>
    (groups.keepsSlots ?? true) || (step > 0 && turnOf(groups, region, step) !== undefined);
  const slots = regions.filter(kept).flatMap((region) => region.specs.flatMap((spec) => slotsOf(region, spec)));
  return new Map(slots.map((slot) => [slot.key, slot]));
}

/** [clip, decay, the optimizer's own scalars] of a region in a step. */
export function scalarsOf({ optimizer, rate, decay }: Region, numbers: StepNumbers, turn: number, clip: number) {
  const own: readonly number[] = optimizer.scalarValues({ step: turn, learningRate: numbers.learningRate * rate });
  return Float32Array.from([clip, decay, ...own]);
}

/** How many numbers {@link scalarsOf} gives. */
export const scalarCount = (optimizer: Optimizer): number => 2 + optimizer.scalars.length;
