/** What the compiler must refuse: `npm run types` fails where an expected error is none. */
import { expect, expectTypeOf, test } from "vitest";
import type { CheckpointEvent, EvalEvent, RunPlan, StepEvent, TrainEvents, TrainingArguments } from "../index.ts";

const wrong = {
  // @ts-expect-error a model and a dataset are needed
  nothing: (): TrainingArguments => ({}),
  // @ts-expect-error a model is needed
  noModel: (): TrainingArguments => ({ dataset: ["rows.jsonl"] }),
  // @ts-expect-error a dataset is needed
  noDataset: (): TrainingArguments => ({ model: "m" }),
  // @ts-expect-error no such key
  unknown: (): TrainingArguments => ({ model: "m", dataset: ["rows.jsonl"], lerning_rate: 1 }),
  // @ts-expect-error no such tuner
  value: (): TrainingArguments => ({ model: "m", dataset: ["rows.jsonl"], tuner_type: "none" }),
};

test("arguments without a model or rows, unknown keys and wrong values are type errors", () => {
  expect(Object.keys(wrong)).toHaveLength(5);
  expectTypeOf({ model: "m", dataset: ["rows.jsonl"] }).toExtend<TrainingArguments>();
  expectTypeOf<TrainingArguments["model"]>().toEqualTypeOf<string>();
});

test("what a run tells has types that can be named", () => {
  expectTypeOf<Parameters<NonNullable<TrainEvents["onStart"]>>>().toEqualTypeOf<[plan: RunPlan]>();
  expectTypeOf<Parameters<NonNullable<TrainEvents["onStep"]>>>().toEqualTypeOf<[event: StepEvent]>();
  expectTypeOf<Parameters<NonNullable<TrainEvents["onEval"]>>>().toEqualTypeOf<[event: EvalEvent]>();
  expectTypeOf<Parameters<NonNullable<TrainEvents["onCheckpoint"]>>>().toEqualTypeOf<[event: CheckpointEvent]>();
});
