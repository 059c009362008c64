/**
 * Runs the step program of one batch after another and keeps its key-value cache. Two ways: host-stepper.ts
 * writes the cache into arrays that are used again and again, device-stepper.ts lets it flow from output to input.
 */
import type { StoredModel } from "../models/bound.ts";
import type { HostTensor, Runtime } from "../runtime/types.ts";
import { createDeviceStepper } from "./device-stepper.ts";
import { createHostStepper } from "./host-stepper.ts";

/** int32. The type allows them to be spread into feeds. */
export type StepFeeds = Readonly<
  Record<
    /** [rows, time] */
    | "input_ids"
    | "positions"
    /** [rows, past + time], 0 at padding */
    | "mask",
    HostTensor
  >
>;

/** One batch: its cache grows with each step. */
export interface Decoding {
  /** Runs new tokens of every row. Logits [rows, vocab] of the last place, valid until the next step. */
  readonly step: (feeds: StepFeeds) => Promise<Float32Array>;
  /** Goes on with these rows, in this order; a row may be taken several times. */
  readonly select: (rows: readonly number[]) => Promise<void>;
  readonly release: () => void;
}

export interface Stepper {
  readonly begin: (rows: number) => Decoding;
  readonly release: () => Promise<void>;
}

export function createStepper(model: StoredModel, runtime: Runtime): Promise<Stepper> {
  // Only the CPU of Node writes into arrays it is given; WASM returns new ones, as devices do.
  return runtime.device === "cpu" ? createHostStepper(model, runtime) : createDeviceStepper(model, runtime);
}
