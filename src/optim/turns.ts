/**
 * Layers by turns: in each interval some layers move and the others rest. LISA (Pan et al. 2024, arXiv 2403.17919) draws
 * them and keeps their state; BAdam (Luo et al. 2024, arXiv 2404.02827) takes one after another and begins its state
 * anew. Gradients of layers at rest are computed all the same, in one program; what is saved is state and updates.
 */
import { randomAt } from "../base/random.ts";
import type { Groups } from "./groups.ts";

/** The layer that a tensor belongs to, by the first number in its name; undefined for embeddings, last norm and head. */
export function layerOf(name: string): number | undefined {
  const found = /\.(\d+)\./.exec(name);
  return found === null ? undefined : Number(found[1]);
}

export interface TurnOptions {
  /** Steps of an interval. */
  readonly interval: number;
  /** Layers that move in an interval, counted from 0. */
  readonly moving: (interval: number) => readonly number[];
  /** Whether a layer goes on with the state of its last turn; else it begins anew, and nothing is kept at rest. */
  readonly keepsSlots: boolean;
  /** Whether tensors of no layer move in every step; else they rest for ever. */
  readonly othersMove: boolean;
}

const OTHERS = "others";

export function byTurns(groups: Groups, { interval, moving, keepsSlots, othersMove }: TurnOptions): Groups {
  const moves = (layer: number, at: number): boolean => moving(at).includes(layer);
  return {
    keepsSlots,
    assign: (spec) => ({ ...groups.assign(spec), unit: String(layerOf(spec.name) ?? OTHERS) }),
    turn: (unit, step) => {
      if (unit === OTHERS) return othersMove ? step : "rest";
      const [layer, now] = [Number(unit), Math.floor((step - 1) / interval)];
      if (!moves(layer, now)) return "rest";
      let turns = step - now * interval;
      if (keepsSlots) for (let before = 0; before < now; before++) if (moves(layer, before)) turns += interval;
      return turns;
    },
  };
}

/** `count` of `layers` layers for each interval, another draw for each. */
export function drawLayers(layers: number, count: number, seed: number): (interval: number) => readonly number[] {
  const drawn = new Map<number, readonly number[]>();
  return (interval) => {
    const known = drawn.get(interval);
    if (known !== undefined) return known;
    const random = randomAt(seed, "lisa", interval);
    const left = Array.from({ length: layers }, (_, layer) => layer);
    const made = Array.from(
      { length: Math.min(count, layers) },
      () => left.splice(random.integer(left.length), 1)[0] as number,
    );
    drawn.set(interval, made);
    return made;
  };
}
