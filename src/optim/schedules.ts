/**
 * Learning-rate schedules as pure functions of the step, after transformers' get_scheduler: the factor used at the
 * n-th update (counting from 0) of `totalSteps`, with `warmupSteps` of warmup. What transformers takes as
 * `lr_scheduler_kwargs` are the arguments of a kind. Left out: kinds that follow a metric (reduce_lr_on_plateau, greedy).
 */
import * as z from "zod";
import { internal } from "../base/errors.ts";

export interface ScheduleSpan {
  readonly warmupSteps: number;
  readonly totalSteps: number;
  /** The highest rate: some kinds state their end in absolute numbers. */
  readonly learningRate: number;
}

/** `update` counts from 0. Returns what the highest learning rate is multiplied by. */
export type Schedule = (update: number) => number;

/** A kind of schedule: its arguments, and the course it makes of them. */
export interface ScheduleKind {
  readonly schema: z.ZodObject;
  /** Whether its course depends on the length of the run: a run that became longer then bends it. */
  readonly byLength: boolean;
  /** Whether the rate falls after warmup. */
  readonly falls: boolean;
  /** What is wrong with the arguments at this learning rate; undefined when nothing is. */
  readonly check: (args: Args, learningRate: number) => string | undefined;
  readonly course: (args: Args, span: ScheduleSpan) => Schedule;
}

type Args = Readonly<Record<string, unknown>>;

interface Definition<Shape extends z.core.$ZodShape, Parsed = z.output<z.ZodObject<Shape, z.core.$strict>>> {
  readonly args?: Shape;
  readonly byLength?: boolean;
  readonly falls?: boolean;
  readonly check?: (args: Parsed, learningRate: number) => string | undefined;
  readonly course: (args: Parsed, span: ScheduleSpan) => Schedule;
}

function define<const Shape extends z.core.$ZodShape = Record<never, never>>(kind: Definition<Shape>): ScheduleKind {
  return {
    schema: z.strictObject(kind.args ?? {}),
    byLength: kind.byLength ?? true,
    falls: kind.falls ?? true,
    check: (args, rate) => kind.check?.(args as never, rate),
    course: (args, span) => kind.course(args as never, span),
  };
}

/** Linear warmup from 0, then `after` of the share of what is left that is done. */
function warmed({ warmupSteps, totalSteps }: ScheduleSpan, after: (progress: number) => number): Schedule {
  return (update) => {
    if (update < warmupSteps) return update / Math.max(1, warmupSteps);
    return after((update - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  };
}

/** cycles 0.5 is half a cosine, from 1 to 0. */
const wave = (progress: number, cycles: number): number => 0.5 * (1 + Math.cos(Math.PI * cycles * 2 * progress));
const between = (factor: number, lowest: number): number => Math.max(0, factor * (1 - lowest) + lowest);

const cycles = z.number().positive().default(0.5).describe("Waves of the cosine.");
const share = z.number().min(0).max(1);
const lowest = {
  min_lr: z.number().min(0).optional().describe("Lowest rate."),
  min_lr_rate: share.optional().describe("Lowest rate as a share of the highest."),
  num_cycles: cycles,
};

function lowestRate(
  args: { readonly min_lr?: number | undefined; readonly min_lr_rate?: number | undefined },
  rate: number,
) {
  return args.min_lr_rate ?? (args.min_lr ?? 0) / rate;
}

function checkLowest(args: { readonly min_lr?: number | undefined; readonly min_lr_rate?: number | undefined }) {
  return (args.min_lr === undefined) === (args.min_lr_rate === undefined)
    ? "wants one of min_lr (a rate) and min_lr_rate (a share of the highest)."
    : undefined;
}

const shapes = ["linear", "cosine", "1-sqrt"] as const;
type CurveName = (typeof shapes)[number];

/** From 0 to 1. */
const rises: Readonly<Record<CurveName, (progress: number) => number>> = {
  linear: (progress) => progress,
  cosine: (progress) => 0.5 * (1 - Math.cos(Math.PI * progress)),
  "1-sqrt": (progress) => 1 - Math.sqrt(1 - progress),
};
/** From 1 down to 0. */
const falls: Readonly<Record<CurveName, (progress: number, cycles: number) => number>> = {
  linear: (progress) => 1 - progress,
  cosine: wave,
  "1-sqrt": (progress) => 1 - Math.sqrt(progress),
};

const table = {
  cosine: define({
    args: { num_cycles: cycles },
    course: ({ num_cycles }, span) => warmed(span, (progress) => Math.max(0, wave(progress, num_cycles))),
  }),
  linear: define({ course: (_, span) => warmed(span, (progress) => Math.max(0, 1 - progress)) }),
  constant: define({ byLength: false, falls: false, course: () => () => 1 }),
  constant_with_warmup: define({ byLength: false, falls: false, course: (_, span) => warmed(span, () => 1) }),
  cosine_with_restarts: define({
    args: { num_cycles: z.int().min(1).default(1).describe("How often it falls.") },
    course: ({ num_cycles }, span) =>
      warmed(span, (progress) => (progress >= 1 ? 0 : Math.max(0, wave((num_cycles * progress) % 1, 0.5)))),
  }),
  cosine_with_min_lr: define({
    args: lowest,
    check: checkLowest,
    course: (args, span) =>
      warmed(span, (progress) => between(wave(progress, args.num_cycles), lowestRate(args, span.learningRate))),
  }),
  cosine_warmup_with_min_lr: define({
    args: { ...lowest, warmup_lr_rate: share.optional().describe("Share of the highest rate to begin with.") },
    check: checkLowest,
    course: (args, span) => {
      const { warmupSteps, totalSteps } = span;
      return (update) => {
        if (update < warmupSteps) {
          const start = args.warmup_lr_rate;
          if (start === undefined) return (update + 1) / Math.max(1, warmupSteps);
          return start + ((1 - start) * update) / Math.max(1, warmupSteps - 1);
        }
        const progress = (update - warmupSteps + 1) / Math.max(1, totalSteps - warmupSteps);
        return between(wave(progress, args.num_cycles), lowestRate(args, span.learningRate));
      };
    },
  }),
  polynomial: define({
    args: {
      lr_end: z.number().min(0).default(1e-7).describe("Last rate."),
      power: z.number().positive().default(1).describe("Exponent of what is left."),
    },
    check: ({ lr_end }, rate) =>
      lr_end < rate ? undefined : `wants an lr_end below the learning rate ${rate}, got ${lr_end}.`,
    course: ({ lr_end, power }, span) => {
      const end = lr_end / span.learningRate;
      return warmed(span, (progress) => (progress > 1 ? end : (1 - end) * (1 - progress) ** power + end));
    },
  }),
  inverse_sqrt: define({
    args: { timescale: z.int().min(1).optional().describe("Steps of one unit; the warmup's by default.") },
    byLength: false,
    course: ({ timescale }, { warmupSteps }) => {
      const scale = timescale ?? (warmupSteps || 10_000);
      return (update) =>
        update < warmupSteps
          ? update / Math.max(1, warmupSteps)
          : 1 / Math.sqrt((update + scale - warmupSteps) / scale);
    },
  }),
  /** Hu et al. 2024 (MiniCPM, arXiv 2404.06395), section 4. */
  warmup_stable_decay: define({
    args: {
      num_decay_steps: z.int().min(0).describe("Steps of the fall at the end."),
      num_stable_steps: z.int().min(0).optional().describe("Steps at the highest rate; what is left by default."),
      warmup_type: z.enum(shapes).default("linear").describe("Curve of the warmup."),
      decay_type: z.enum(shapes).default("cosine").describe("Curve of the fall."),
      min_lr_ratio: share.default(0).describe("Lowest rate as a share of the highest."),
      num_cycles: cycles,
    },
    course: (args, { warmupSteps, totalSteps }) => {
      const { num_decay_steps, min_lr_ratio } = args;
      // A run shorter than warmup and decay has no stable part and ends within the decay.
      const stable = args.num_stable_steps ?? Math.max(0, totalSteps - warmupSteps - num_decay_steps);
      return (update) => {
        if (update < warmupSteps) return between(rises[args.warmup_type](update / warmupSteps), min_lr_ratio);
        const done = update - warmupSteps - stable;
        if (done < 0) return 1;
        if (done >= num_decay_steps) return min_lr_ratio;
        return between(falls[args.decay_type](done / num_decay_steps, args.num_cycles), min_lr_ratio);
      };
    },
  }),
} as const satisfies Record<string, ScheduleKind>;

export type ScheduleName = keyof typeof table;

export const schedules: Readonly<Record<ScheduleName, ScheduleKind>> = table;
export const scheduleNames = Object.keys(table) as [ScheduleName, ...ScheduleName[]];

/**
 * Steps of warmup of a run: as many as are stated, else a share of all, but never all of them, so that a run of one
 * step has a rate (transformers gives it none).
 */
export function warmupStepsOf(stated: number, ratio: number, totalSteps: number): number {
  return stated > 0 ? stated : Math.min(Math.ceil(ratio * totalSteps), Math.max(0, totalSteps - 1));
}

/** The course of a run; `args` as its kind's schema gives them. */
export function courseOf(name: ScheduleName, args: Args, span: ScheduleSpan): Schedule {
  const course = schedules[name].course(args, span);
  return (update) => (update < 0 ? internal("a schedule starts at update 0") : course(update));
}
