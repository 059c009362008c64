/** What an operator did to single rows, for people who want to see it (open_tracer). */
import type { Stats } from "../operators/operator.ts";
import type { RawObject } from "../shapes/shape.ts";

export interface TraceEntry {
  /** Of the operator in the recipe, from 0. */
  readonly place: number;
  readonly kind: "dropped" | "changed" | "split" | "duplicate" | "not selected";
  readonly origin: string;
  readonly row: RawObject;
  /** Statistics that decided. */
  readonly stats?: Stats;
  /** What a mapper made of it. */
  readonly after?: RawObject | readonly RawObject[];
  /** The row that stayed of a pair of duplicates. */
  readonly original?: RawObject;
}
