/**
 * What a stage is: what it makes of rows, and the loss that it lowers. All else of a run (folder, resume, batches, step,
 * loop, metrics, checkpoints) is run.ts's, which knows no stage by name.
 */
import type { Row } from "../data/row.ts";
import type { LoadedModel } from "../models/load.ts";
import type { TrainingArgs } from "../recipes/sft.ts";
import type { PreviewStyle } from "../text/preview.ts";
import type { TrainEvents } from "./events.ts";
import type { Objective } from "./objective.ts";
import type { Prepared } from "./prepare.ts";

export interface StageContext {
  readonly model: LoadedModel;
  readonly args: TrainingArgs;
  readonly listeners: Required<TrainEvents>;
  readonly signal: AbortSignal | undefined;
}

/** A stage at work on a model. */
export interface Stage {
  /** Most tokens of one sample. */
  readonly maxLength: number;
  readonly objective: Objective;
  /** `what` is said while it lasts. @throws what encoding throws */
  readonly prepare: (rows: readonly Row[], what: string) => Promise<Prepared>;
  /** The first sample as people see it. */
  readonly preview: (train: Prepared, style: (style: PreviewStyle, text: string) => string) => string;
  /** Looks at the samples before step 1. @returns what should be said. @throws E_TRAIN_PREFLIGHT */
  readonly check: (train: Prepared) => readonly string[];
}

/** Says what the model's tokenizer and template bring, and makes ready. */
export type OpenStage = (context: StageContext) => Promise<Stage>;
