/** A look at the first rows: which filters drop how much, so that those that drop most for little time run first. */
import type { Block } from "./block.ts";
import type { ChainPlan } from "./chain.ts";
import type { Pool } from "./pool.ts";
import { operatorOf, runOrder } from "./steps.ts";

const PROBE_ROWS = 200;

/**
 * Numbers of a plan's steps in the order in which they are to run. Depends on the first rows alone, not on time, so
 * that every run of a job has the same order.
 */
export async function probeOrder(
  { steps, input }: ChainPlan,
  first: Block | undefined,
  pool: Pool,
): Promise<readonly number[]> {
  const filters = steps.filter((step) => operatorOf(step).kind === "filter");
  const dropped = new Map<number, number>();
  if (filters.length > 1 && typeof input === "string" && first !== undefined) {
    const { counts } = await pool.process(headOf(first), { probe: true });
    for (const [i, { place }] of steps.entries()) {
      const [rowsIn, rowsOut] = counts[i] as readonly [number, number];
      dropped.set(place, rowsIn === 0 ? 0 : 1 - rowsOut / rowsIn);
    }
  }
  return runOrder(steps, dropped).map((step) => steps.indexOf(step));
}

function headOf(block: Block): Block {
  let end = 0;
  for (let row = 0; row < PROBE_ROWS && end < block.bytes.length; row++) {
    const newline = block.bytes.indexOf(0x0a, end);
    if (newline < 0) break;
    end = newline + 1;
  }
  return { ...block, bytes: block.bytes.slice(0, end), faults: [] };
}
