/** The operators of a chain, made ready for their work. */
import { internal } from "../../base/errors.ts";
import { loadOperator } from "../operators/load.ts";
import type { Deduplicator, Filter, Grouper, Mapper, Selector } from "../operators/operator.ts";
import type { OperatorTools } from "../operators/tools.ts";
import type { Step } from "./steps.ts";

export interface ReadyFilter {
  readonly kind: "filter";
  readonly name: string;
  readonly filter: Filter;
}

export interface ReadyMapper {
  readonly kind: "mapper";
  readonly name: string;
  readonly map: Mapper;
}

/** A filter or mapper with its place in the recipe and among the steps of its chain. */
export type ReadyStep = (ReadyFilter | ReadyMapper) & { readonly place: number; readonly number: number };

/** @throws what the operators throw when they are made ready */
export async function readySteps(steps: readonly Step[], tools: OperatorTools): Promise<readonly ReadyStep[]> {
  const ready: ReadyStep[] = [];
  for (const [number, { name, args, place }] of steps.entries()) {
    const operator = await loadOperator(name);
    if (operator.kind === "filter") {
      ready.push({ kind: "filter", name, place, number, filter: await operator.create(args, tools) });
    } else if (operator.kind === "mapper") {
      ready.push({ kind: "mapper", name, place, number, map: await operator.create(args, tools) });
    } else internal(`${name} is no step of a chain`);
  }
  return ready;
}

export interface ReadyBarrier {
  readonly kind: string;
  readonly name: string;
  readonly ready: Deduplicator | Selector | Grouper;
}

export async function readyBarrier(step: Step, tools: OperatorTools): Promise<ReadyBarrier> {
  const operator = await loadOperator(step.name);
  if (operator.kind === "filter" || operator.kind === "mapper") return internal(`${step.name} is no barrier`);
  return { kind: operator.kind, name: step.name, ready: await operator.create(step.args, tools) };
}

/** Makes operators ready and forgets them: mistakes of a later stage are told at once, not after hours. */
export async function tryOperators(steps: readonly Step[], tools: OperatorTools): Promise<void> {
  for (const { name, args } of steps) await (await loadOperator(name)).create(args, tools);
}
