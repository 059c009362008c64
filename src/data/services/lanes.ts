/** Lets so many things run at one time; the others wait their turn. */
export type Lanes = <T>(work: () => Promise<T>) => Promise<T>;

export function createLanes(width: number): Lanes {
  let free = width;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
