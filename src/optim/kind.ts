/** A line of the table of optimizers: the names it goes by, the arguments it takes, and how it treats the tensors of a run. */
import * as z from "zod";
import type { Groups } from "./groups.ts";

/** What every optimizer may look at. */
export interface RunNumbers {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly seed: number;
  readonly layers: number;
  /** Size of one attention head. */
  readonly headDim: number;
}

export interface OptimizerKind {
  /** One sentence. */
  readonly summary: string;
  /** Names of the same in transformers and ms-swift. */
  readonly aliases: readonly string[];
  /** Arguments beside those that all share; `optim_args` of a run. */
  readonly schema: z.ZodObject;
  /** It averages instead of following a schedule: after warmup its rate must stay. */
  readonly flatRate: boolean;
  readonly groups: (args: Readonly<Record<string, unknown>>, numbers: RunNumbers) => Groups;
}

interface Definition<Shape extends z.core.$ZodShape, Parsed = z.output<z.ZodObject<Shape, z.core.$strict>>> {
  readonly summary: string;
  readonly aliases?: readonly string[];
  readonly args?: Shape;
  readonly flatRate?: boolean;
  readonly groups: (args: Parsed, numbers: RunNumbers) => Groups;
}

export function defineOptimizer<const Shape extends z.core.$ZodShape = Record<never, never>>(
  kind: Definition<Shape>,
): OptimizerKind {
  return {
    summary: kind.summary,
    aliases: kind.aliases ?? [],
    schema: z.strictObject(kind.args ?? {}),
    flatRate: kind.flatRate ?? false,
    groups: (args, numbers) => kind.groups(args as never, numbers),
  };
}
