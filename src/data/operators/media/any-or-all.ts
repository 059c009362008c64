/** Decisions about rows with several images or sounds, each with a statistic of its own. */
import * as z from "zod";
import { arg } from "../args.ts";

export const anyOrAllArg = arg(
  z.enum(["any", "all"]).default("any"),
  "Whether one of a row's files in the range is enough to keep it, or all must be.",
);

/** The decision for a row; rows without files stay. */
export function decide(anyOrAll: "any" | "all", inside: readonly boolean[]): boolean {
  if (inside.length === 0) return true;
  return anyOrAll === "any" ? inside.includes(true) : !inside.includes(false);
}
