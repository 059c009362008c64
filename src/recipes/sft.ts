/** Keys of `sft`: supervised fine-tuning on conversations. */
import type * as z from "zod";
import { tuners } from "../models/tuners/index.ts";
import { dataGroup, lengthGroup } from "./data.ts";
import { deviceGroup, modelGroup, seedGroup } from "./model.ts";
import { checkpointGroup, logGroup } from "./output.ts";
import { defineRecipe, type Given as HowGiven, type Report } from "./recipe.ts";
import { checkSampling, readSamplerArgs, samplingGroup } from "./sampler.ts";
import { lossScaleGroup, templateGroup } from "./template.ts";
import { evaluationGroup, lengthOfRunGroup, lossGroup, optimizerGroup, preflightGroup } from "./train.ts";
import { isRegex, readOptimizerArgs } from "./optimizer.ts";
import { readScheduleArgs } from "./schedule.ts";
import { checkTunerSettings, tunerGroup } from "./tuner.ts";

/** Groups of every verb that trains, in the order of the help. */
export const trainingGroups = [
  modelGroup,
  dataGroup,
  samplingGroup,
  lengthGroup,
  templateGroup,
  lossScaleGroup,
  tunerGroup,
  lengthOfRunGroup,
  optimizerGroup,
  lossGroup,
  evaluationGroup,
  preflightGroup,
  checkpointGroup,
  logGroup,
  seedGroup,
  deviceGroup,
] as const;

export const trainingShape = {
  ...modelGroup.shape,
  ...dataGroup.shape,
  ...samplingGroup.shape,
  ...lengthGroup.shape,
  ...templateGroup.shape,
  ...lossScaleGroup.shape,
  ...tunerGroup.shape,
  ...lengthOfRunGroup.shape,
  ...optimizerGroup.shape,
  ...lossGroup.shape,
  ...evaluationGroup.shape,
  ...preflightGroup.shape,
  ...checkpointGroup.shape,
  ...logGroup.shape,
  ...seedGroup.shape,
  ...deviceGroup.shape,
};

type Given = z.output<z.ZodObject<typeof trainingShape, z.core.$strict>>;

/** The training arguments with nothing left open but what only the model can say. */
export type TrainingArgs = Omit<
  Given,
  "model" | "output_dir" | "learning_rate" | "gradient_accumulation_steps" | "eval_steps"
> & {
  readonly model: string;
  readonly output_dir: string;
  readonly learning_rate: number;
  readonly gradient_accumulation_steps: number;
  readonly eval_steps: number;
};

/** Samples of one optimizer step that ms-swift reaches for when accumulation is not given. */
const samplesPerStep = 16;

const baseName = (path: string): string =>
  path
    .replace(/[\\/]+$/, "")
    .split(/[\\/]/)
    .at(-1) || "model";

/** Dependent defaults (ms-swift's) and checks that concern more than one key. */
export function finishTraining(args: Given, report: Report, how: HowGiven): TrainingArgs {
  const { model } = args;
  if (model === undefined) report("model", "is needed: the folder of a Hugging Face checkpoint.");
  if (args.dataset.length === 0) report("dataset", "is needed: a file of rows, for example train.jsonl.");
  if (args.max_steps === 0) report("max_steps", "must not be 0; leave it out to train by num_train_epochs.");
  if (args.val_dataset.length > 0 && args.split_dataset_ratio > 0) {
    report("split_dataset_ratio", "cannot be given together with val_dataset; leave one of them out.");
  }
  if (args.early_stop_interval !== undefined && args.val_dataset.length === 0 && args.split_dataset_ratio === 0) {
    report("early_stop_interval", "needs something to evaluate on: give val_dataset or split_dataset_ratio.");
  }
  if (args.report_to.includes("none") && args.report_to.length > 1) {
    report("report_to", 'names "none" beside others; leave it or them out.');
  }
  if (args.target_regex !== undefined && !isRegex(args.target_regex)) {
    report("target_regex", `is not a regular expression: ${args.target_regex}`);
  }
  if (args.target_regex !== undefined && args.target_modules.join() !== "all-linear") {
    report("target_regex", "cannot be given together with target_modules; leave one of them out.");
  }
  checkSampling(args, report);
  checkTunerSettings(args, report, how);
  if (args.enable_dft_loss && args.label_smoothing_factor > 0) {
    report(
      "label_smoothing_factor",
      "cannot be given together with enable_dft_loss, which weighs the label's own loss.",
    );
  }
  const learningRate = args.learning_rate ?? (tuners.get(args.tuner_type)?.learningRate as number);
  return {
    ...args,
    sampler_args: readSamplerArgs(args, report),
    model: model ?? "",
    output_dir: args.output_dir ?? `output/${baseName(model ?? "")}`,
    learning_rate: learningRate,
    optim_args: readOptimizerArgs(args, report),
    lr_scheduler_kwargs: readScheduleArgs({ ...args, learning_rate: learningRate }, report),
    gradient_accumulation_steps:
      args.gradient_accumulation_steps ?? Math.ceil(samplesPerStep / args.per_device_train_batch_size),
    eval_steps: args.eval_steps ?? args.save_steps,
  };
}

export const sftRecipe = defineRecipe({
  verb: "sft",
  groups: trainingGroups,
  shape: trainingShape,
  finish: finishTraining,
});
