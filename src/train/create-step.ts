/** The training step that suits where the runtime keeps its values. */
import { createDeviceStep } from "./device-step.ts";
import { createHostStep } from "./host-step.ts";
import type { StepOptions } from "./step-programs.ts";
import type { TrainStep } from "./train-step.ts";

export function createStep(options: StepOptions): Promise<TrainStep> {
  return options.runtime.hasDeviceMemory ? createDeviceStep(options) : createHostStep(options);
}
