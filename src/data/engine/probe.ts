/** A look at the first rows: which filters drop how much, so that those that drop most for little time run first. */
import type { OperatorTools } from "../operators/tools.ts";
import type { Block } from "./block.ts";
import { createChain, type ChainPlan } from "./chain.ts";
import { operatorOf, runOrder, type Step } from "./steps.ts";

const PROBE_ROWS = 200;

/** Depends on the first rows alone, not on time, so that every run of a job has the same order. */
export async function probeOrder(
  plan: ChainPlan,
  open: () => AsyncGenerator<Block>,
  tools: OperatorTools,
): Promise<readonly Step[]> {
  const filters = plan.steps.filter((step) => operatorOf(step).kind === "filter");
  if (filters.length < 2 || typeof plan.input !== "string") return runOrder(plan.steps, new Map());
  const blocks = open();
  const first = await blocks.next();
  await blocks.return(undefined);
  if (first.done === true) return runOrder(plan.steps, new Map());
  const sample = headOf(first.value);
  const dropped = new Map<number, number>();
  for (const step of filters) {
    const { barrier: _barrier, ...rest } = plan;
    const chain = await createChain({ ...rest, steps: [step], last: true, traceRows: 0 }, tools);
    const { rowsIn, rowsOut } = await chain.process(sample);
    dropped.set(step.place, rowsIn === 0 ? 0 : 1 - rowsOut / rowsIn);
  }
  return runOrder(plan.steps, dropped);
}

function headOf(block: Block): Block {
  let end = 0;
  for (let row = 0; row < PROBE_ROWS && end < block.bytes.length; row++) {
    const newline = block.bytes.indexOf(0x0a, end);
    if (newline < 0) break;
    end = newline + 1;
  }
  return { ...block, bytes: block.bytes.subarray(0, end), faults: [] };
}
