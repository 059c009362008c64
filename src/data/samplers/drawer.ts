/** Draws from groups by exact turns, step after step, from any step on. */
import { createPasses } from "./groups.ts";
import { createTurns } from "./shares.ts";

/** Where a stretch of turns with the same probabilities begins. */
export interface Stretch {
  /** Samples drawn in earlier stretches. */
  readonly start: number;
  /** Of those, samples of each group. */
  readonly drawn: readonly number[];
  readonly probabilities: readonly number[];
}

export interface DrawerOptions {
  readonly groups: readonly (readonly number[])[];
  readonly seed: number;
  readonly shuffle: boolean;
  /** Names the random numbers. */
  readonly address: string;
}

export interface Drawer {
  /** Samples of the draws from `from` to `to`, which lie in the stretch. */
  readonly draw: (stretch: Stretch, from: number, to: number) => number[];
  /** Samples of each group that will have been drawn before draw `to`. */
  readonly drawnBefore: (stretch: Stretch, to: number) => readonly number[];
}

interface Cursor {
  readonly stretch: Stretch;
  readonly next: () => number;
  readonly counts: number[];
  at: number;
}

/** Going on costs a turn per draw; going back, or to another stretch, walks from the start of the stretch. */
export function createDrawer({ groups, seed, shuffle, address }: DrawerOptions): Drawer {
  const passes = groups.map((group, i) => createPasses(group, { seed, shuffle, address: `${address}/${i}` }));
  let cursor: Cursor | undefined;
  const cursorAt = (stretch: Stretch, from: number): Cursor => {
    if (cursor === undefined || cursor.stretch !== stretch || cursor.at > from) {
      cursor = { stretch, next: createTurns(stretch.probabilities), counts: [...stretch.drawn], at: stretch.start };
    }
    while (cursor.at < from) take(cursor);
    return cursor;
  };
  return {
    draw: (stretch, from, to) => {
      const here = cursorAt(stretch, from);
      return Array.from({ length: to - from }, () => {
        const { group, place } = take(here);
        return (passes[group] as (place: number) => number)(place);
      });
    },
    drawnBefore: (stretch, to) => [...cursorAt(stretch, to).counts],
  };
}

function take(cursor: Cursor): { readonly group: number; readonly place: number } {
  const group = cursor.next();
  const place = cursor.counts[group] as number;
  cursor.counts[group] = place + 1;
  cursor.at++;
  return { group, place };
}
