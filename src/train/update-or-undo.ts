/**
 * An update that leaves the range of numbers is undone. Gradients are finite and clipped when they get here, so at a
 * rate of at most 1 no update can do that in any run that ends; only above it is the state copied first. (What is
 * saved is looked at again, whatever the rate was.)
 */
import { fail } from "../base/errors.ts";
import type { StepNumbers } from "../optim/optimizer.ts";
import type { TrainStep } from "./train-step.ts";

const BOUNDED_RATE = 1;

/** @throws E_TRAIN_NOT_FINITE, with parameters and slots as they were */
export async function updateOrUndo(step: TrainStep, numbers: StepNumbers, clip: number): Promise<void> {
  const before = numbers.learningRate > BOUNDED_RATE ? await step.readState() : undefined;
  await step.update(numbers, clip);
  if (before === undefined) return;
  for (const [name, values] of await step.readParameters()) {
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at === -1) continue;
    const found = values[at];
    await step.writeState(before);
    fail("E_TRAIN_NOT_FINITE", {
      where: `step ${numbers.step}`,
      what: `at learning rate ${numbers.learningRate} the update makes "${name}" ${found}; it was undone.`,
      fix: "Lower learning_rate: 1e-5 to 5e-4 are usual.",
    });
  }
}
