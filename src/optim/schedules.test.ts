import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { courseOf, scheduleNames, schedules, warmupStepsOf, type ScheduleName } from "./schedules.ts";

describe("warmup", () => {
  it("is the stated number of steps, else a share, rounded up", () => {
    expect(warmupStepsOf(7, 0.5, 100)).toBe(7);
    expect(warmupStepsOf(0, 0.05, 100)).toBe(5);
    expect(warmupStepsOf(0, 0.05, 30)).toBe(2);
    expect(warmupStepsOf(0, 0, 30)).toBe(0);
  });

  it.each(scheduleNames)("leaves a run of one step its rate: %s", (name) => {
    const span = { warmupSteps: warmupStepsOf(0, 0.05, 1), totalSteps: 1, learningRate: 1e-4 };
    const needed = { min_lr_rate: 0.5, num_decay_steps: 1 };
    const { schema } = schedules[name];
    const known = Object.fromEntries(Object.entries(needed).filter(([key]) => key in schema.shape));
    expect(courseOf(name, schema.parse(known), span)(0)).toBeGreaterThanOrEqual(0.5);
  });
});

describe("the rates of transformers", () => {
  interface Recorded {
    readonly learning_rate: number;
    readonly steps: number;
    readonly schedules: readonly {
      readonly name: ScheduleName;
      readonly warmup_steps: number;
      readonly kwargs: Readonly<Record<string, unknown>>;
      readonly lr: readonly number[];
    }[];
  }
  const path = join(import.meta.dirname, "../../test/golden/train/schedules.json");
  const recorded = JSON.parse(readFileSync(path, "utf8")) as Recorded;

  it("are there for every kind", () => {
    expect([...new Set(recorded.schedules.map(({ name }) => name))].toSorted()).toEqual(scheduleNames.toSorted());
  });

  it.each(
    recorded.schedules.map(
      (one) => [`${one.name}, warmup ${one.warmup_steps}, ${JSON.stringify(one.kwargs)}`, one] as const,
    ),
  )("%s", (_, { name, warmup_steps, kwargs, lr }) => {
    const span = { warmupSteps: warmup_steps, totalSteps: recorded.steps, learningRate: recorded.learning_rate };
    const args = schedules[name].schema.parse(kwargs);
    expect(schedules[name].check(args, span.learningRate)).toBeUndefined();
    const course = courseOf(name, args, span);
    for (const [update, want] of lr.entries()) {
      expect(Math.abs(recorded.learning_rate * course(update) - want), `update ${update}`).toBeLessThan(1e-12);
    }
  });
});
