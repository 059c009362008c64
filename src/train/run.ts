/**
 * What all stages of training share: recipe -> rows -> samples -> batches -> step -> metrics -> checkpoint, in this order
 * below. What a stage makes of rows, and its loss, are the stage's (stage.ts).
 * Left out: several devices, gradient checkpointing, half-precision compute.
 */
import { basename, join } from "node:path";
import { fail } from "../base/errors.ts";
import { datasetNames } from "../data/dataset-names.ts";
import type { DroppedRows } from "../data/dataset.ts";
import { describeUnread } from "../data/tally.ts";
import { samplers } from "../data/samplers/index.ts";
import type { Sampler } from "../data/samplers/sampler.ts";
import { realOutput } from "../formats/output.ts";
import { refuseCarriedLinks } from "../models/carried-files.ts";
import type { FindModelOptions } from "../models/files/find-model.ts";
import { loadModel, type LoadedModel } from "../models/load.ts";
import { countParameters, describe } from "../models/describe.ts";
import { paddingId } from "../models/token-ids.ts";
import { noteUntrainedStops } from "../models/untrained-stops.ts";
import { courseOf, warmupStepsOf } from "../optim/schedules.ts";
import type { TrainingArgs } from "../recipes/sft.ts";
import type { Runtime } from "../runtime/types.ts";
import type { PreviewStyle } from "../text/preview.ts";
import { evaluationBatches, planBatches, type BatchPlan, type PlanOptions } from "./batches.ts";
import {
  readTrainerState,
  readTrainState,
  saveCheckpoint,
  type CheckpointOptions,
  type Resumed,
} from "./checkpoint.ts";
import { apartFromAdapter, checkAdapterSettings } from "./check-adapter.ts";
import { checkSettings } from "./check-resume.ts";
import { createStep } from "./create-step.ts";
import { readTemplate } from "./encode-options.ts";
import { joinEvents, type RunResult, type TrainEvents } from "./events.ts";
import { startOfRun, trainLoop, type LoopState } from "./loop.ts";
import { lossGraphs, takesRandomRows, takesSegments, type LossGraphOptions } from "./loss-graphs.ts";
import { openMetrics } from "./metrics.ts";
import { openRuntime } from "./open-runtime.ts";
import { findCheckpoint, openRunFolder, type RunFolder } from "./run-folder.ts";
import { recordRun } from "./record-run.ts";
import { groupByDataset, sampleSetOf } from "./sample-set.ts";
import { inputsOf, readRows } from "./read-rows.ts";
import { sayCompiling } from "./say-compiling.ts";
import { savedArgs } from "./saved-args.ts";
import { groupsOfRun } from "./run-groups.ts";
import { openTrackers } from "./trackers/index.ts";
import type { OpenStage } from "./stage.ts";
import type { TrainStep } from "./train-step.ts";
import { withModelCard } from "./write-card.ts";
import { openTuner, taughtStopIds, type ModelFiles, type TrainedModel } from "./tuner.ts";

export interface RunOptions {
  readonly events?: TrainEvents;
  /** Aborted: finish the step, write a checkpoint, return with `stopped: "interrupted"`. */
  readonly signal?: AbortSignal;
  /** Default: one for `args.device` and `args.threads`. */
  readonly runtime?: Runtime;
  /** Colours of the preview; plain marks by default. */
  readonly previewStyle?: (style: PreviewStyle, text: string) => string;
  /** Told how far a model is downloaded. */
  readonly onDownload?: FindModelOptions["onProgress"];
}

/**
 * Runs from the arguments to the last checkpoint.
 *
 * @throws E_OUTPUT_* before anything is written; what loading, data and encoding throw; E_TRAIN_PREFLIGHT before step 1; E_TRAIN_CHECKPOINT when
 *   resuming does not fit; E_TRAIN_NOT_FINITE with the last checkpoint whole
 */
export async function runStage(given: TrainingArgs, open: OpenStage, options: RunOptions): Promise<RunResult> {
  const args = await apartFromAdapter(given);
  const resumed = await findResumed(args);
  const inPlace =
    resumed !== undefined && (await realOutput(join(resumed.dir, ".."))) === (await realOutput(args.output_dir));
  const folder = await openRunFolder(args.output_dir, { resumed: inPlace, overwrite: args.overwrite_output_dir });
  try {
    return await runIn(folder, resumed, { args, open, options });
  } finally {
    await folder.close();
  }
}

interface Given {
  readonly args: TrainingArgs;
  readonly open: OpenStage;
  readonly options: RunOptions;
}

async function runIn(
  folder: RunFolder,
  resumed: Resumed | undefined,
  { args, open, options }: Given,
): Promise<RunResult> {
  const started = performance.now();
  const { signal } = options;
  const recorder = recordRun(await savedArgs(args), args.output_dir);
  const listeners = joinEvents(recorder.events, options.events ?? {});
  if (args.resume_from_checkpoint !== undefined && resumed === undefined) {
    listeners.onNote("There is no checkpoint yet: the run before was ended before its first one. It starts anew.");
  }

  // model and rows
  const model = await loadModel(args.model, {
    allowConfigKeys: args.allow_config_keys,
    allowOtherBase: args.allow_other_base,
    find: { revision: args.revision, onNote: listeners.onNote, onProgress: options.onDownload, signal },
    adapters: args.adapters,
    ...(args.template === undefined ? {} : { template: { source: await readTemplate(args.template) } }),
  });
  if (model.adapter !== undefined) await checkAdapterSettings(model.adapter.dir, args, model.model);
  await refuseCarriedLinks([model.dir, ...(model.adapter === undefined ? [] : [model.adapter.dir])]);
  await folder.refuseInputs([
    ...(await inputsOf(args)),
    model.dir,
    ...(model.adapter === undefined ? [] : [model.adapter.dir]),
  ]);
  for (const notice of [...model.notices, ...model.tokenizer.notices]) listeners.onNote(notice);
  const stage = await open({ model, args, listeners, signal });
  const sampler = samplers.get(args.sampler) as Sampler;
  const rows = await readRows(args, sampler, listeners);

  // samples
  const train = await stage.prepare(rows.train, "encoding");
  const evaluation =
    rows.validation.length === 0 ? undefined : await stage.prepare(rows.validation, "encoding evaluation rows");
  for (const note of train.notes) listeners.onNote(`Note: ${note}`);
  noteDropped([...rows.dropped, ...train.dropped, ...(evaluation?.dropped ?? [])], listeners);
  const unread = describeUnread([...train.unread, ...rows.unread]);
  if (unread !== undefined) listeners.onNote(unread);
  listeners.onPreview(stage.preview(train, options.previewStyle ?? plainStyle));
  recorder.sample(stage.preview(train, plainStyle));
  for (const note of stage.check(train)) listeners.onNote(`Note: ${note}`);

  // batches
  const trained = openTuner(model, args);
  const { tuning } = trained;
  for (const note of await noteUntrainedStops(model, tuning.specs, taughtStopIds(model, args))) listeners.onNote(note);
  const graphOptions: LossGraphOptions = {
    model: trained.model,
    tuning,
    objective: stage.objective,
    packed: args.packing,
    neftune: args.neftune_noise_alpha,
    routerLoss: args.router_aux_loss_coef ?? trained.model.router?.coefficient ?? 0,
  };
  const batching = {
    ...planOptions(model, args, takesRandomRows(graphOptions), stage.maxLength),
    segments: takesSegments(graphOptions),
  };
  const groups =
    evaluation === undefined ? [] : groupByDataset(evaluation.samples, evaluation.rows, evaluatedNames(args));
  const plan = await planBatches(train.samples, batching, {
    sampler,
    args: args.sampler_args,
    samples: sampleSetOf(train.rows, datasetNames(args.dataset)),
    evaluated: groups.map(({ name }) => name),
  });
  for (const note of plan.notes) listeners.onNote(note);
  const { adaptation, steps: totalSteps } = plan;

  // step
  const opened =
    options.runtime === undefined
      ? await openRuntime(args, listeners.onNote)
      : { runtime: options.runtime, threads: undefined };
  const runtime = sayCompiling(opened.runtime, listeners);
  if (resumed !== undefined) {
    const steps = { saved: resumed.totalSteps, now: totalSteps };
    for (const note of await checkSettings(resumed.dir, args, steps)) listeners.onNote(note);
  }
  const step = await openStep(args, { trained, graphOptions }, runtime);
  if (signal?.aborted) await step.release();
  signal?.throwIfAborted();
  const from = resumed === undefined ? startOfRun : await restore(resumed, step, trained.files, plan);
  listeners.onStart({
    outputDir: args.output_dir,
    device: runtime.device,
    threads: opened.threads,
    tuner: tuning.name,
    trainableParameters: countParameters(tuning.specs),
    totalParameters: countParameters(describe(model.model).specs) + countParameters(trained.added),
    trainSamples: train.samples.length,
    evalSamples: evaluation?.samples.length ?? 0,
    totalSteps,
    stepsPerEpoch: plan.stepsPerEpoch,
    samplesPerStep: args.per_device_train_batch_size * args.gradient_accumulation_steps,
    startStep: from.step,
  });

  // loop, metrics, checkpoints
  await folder.begin();
  const logs = new AbortController();
  await recorder.save();
  const tracker = await openTrackers(args.report_to, {
    outputDir: args.output_dir,
    settings: await savedArgs(args),
    startStep: from.step,
    onNote: listeners.onNote,
  });
  const metrics = await openMetrics({
    tracker,
    onFailure: () => logs.abort(),
    outputDir: args.output_dir,
    tensorboard: args.report_to.includes("tensorboard"),
    loggingSteps: args.logging_steps,
    loggingFirstStep: args.logging_first_step,
    history: resumed?.history ?? [],
    startStep: from.step,
  });
  const events = joinEvents(metrics.events, recorder.events, options.events ?? {});
  const checkpoints: CheckpointOptions = {
    outputDir: args.output_dir,
    step,
    writeModel: await withModelCard(trained.files.write, {
      model,
      args,
      adapter: tuning.peft !== undefined,
      history: metrics.history,
    }),
    exact: trained.files.exact,
    args: await savedArgs(args),
    dataFingerprint: plan.fingerprint,
    samplerState: adaptation?.state,
    totalSteps,
    stepsPerEpoch: plan.stepsPerEpoch,
    totalLimit: args.save_total_limit,
    history: metrics.history,
  };
  try {
    const result = await trainLoop(step, from, {
      totalSteps,
      stepsPerEpoch: plan.stepsPerEpoch,
      learningRate: args.learning_rate,
      schedule: courseOf(args.lr_scheduler_type, args.lr_scheduler_kwargs, {
        warmupSteps: warmupStepsOf(args.warmup_steps, args.warmup_ratio, totalSteps),
        totalSteps,
        learningRate: args.learning_rate,
      }),
      maxGradNorm: args.max_grad_norm,
      measures: stage.objective.measures,
      batchesOf: plan.batchesOf,
      ...(evaluation === undefined
        ? {}
        : {
            evaluation: {
              every: args.eval_steps,
              batches: () => evaluationBatches(groups, { ...batching, batchSize: args.per_device_eval_batch_size }),
              ...(adaptation === undefined
                ? {}
                : {
                    onLosses: (at, losses) => {
                      adaptation.onEval(at, losses);
                      return adaptation.shares();
                    },
                  }),
              ...(args.early_stop_interval === undefined ? {} : { patience: args.early_stop_interval }),
            },
          }),
      saveEvery: args.save_steps,
      save: async (state, { best }) => {
        const saved = await saveCheckpoint(state, { best }, checkpoints);
        await folder.saved(basename(saved.path));
        events.onCheckpoint(saved);
      },
      events,
      signal: signal === undefined ? logs.signal : AbortSignal.any([signal, logs.signal]),
    });
    if (metrics.failure() !== undefined) throw metrics.failure();
    const { state } = result;
    const summary: RunResult = {
      outputDir: args.output_dir,
      lastCheckpoint: join(args.output_dir, "last"),
      bestCheckpoint: state.bestStep === undefined ? undefined : join(args.output_dir, "best"),
      steps: state.step,
      trainLoss: state.lossSum / Math.max(1, state.step),
      evalLoss: result.evalLoss,
      bestEvalLoss: state.bestLoss,
      stopped: result.stopped,
      seconds: (performance.now() - started) / 1000,
    };
    events.onEnd(summary);
    return summary;
  } finally {
    await metrics.close();
    await recorder
      .close()
      .catch((error: Error) => listeners.onNote(`The page of the run could not be written: ${error.message}`));
    await step.release();
  }
}

async function findResumed(args: TrainingArgs): Promise<Resumed | undefined> {
  if (args.resume_from_checkpoint === undefined) return undefined;
  const dir = await findCheckpoint(args.resume_from_checkpoint, args.output_dir);
  return dir === undefined ? undefined : readTrainerState(dir);
}

/** Names of the datasets that evaluation rows come from. */
const evaluatedNames = (args: TrainingArgs): readonly string[] =>
  datasetNames(args.val_dataset.length > 0 ? args.val_dataset : args.dataset);

function noteDropped(dropped: readonly DroppedRows[], listeners: Required<TrainEvents>): void {
  for (const { reason, count, examples } of dropped) {
    listeners.onNote(`Dropped ${count} row${count === 1 ? "" : "s"}: ${reason} (${examples.join("; ")}).`);
  }
}

function planOptions(model: LoadedModel, args: TrainingArgs, dropout: boolean, maxLength: number): PlanOptions {
  return {
    batchSize: args.per_device_train_batch_size,
    accumulation: args.gradient_accumulation_steps,
    seed: args.seed,
    shuffle: args.dataset_shuffle,
    padId: paddingId(model.tokenizer, model.config),
    packTo: args.packing ? maxLength : undefined,
    groupByLength: args.group_by_length,
    dropout,
    epochs: args.num_train_epochs,
    maxSteps: args.max_steps > 0 ? args.max_steps : undefined,
  };
}

interface Trained {
  readonly trained: TrainedModel;
  readonly graphOptions: LossGraphOptions;
}

async function openStep(args: TrainingArgs, { trained, graphOptions }: Trained, runtime: Runtime): Promise<TrainStep> {
  const graphs = lossGraphs(graphOptions);
  return createStep({
    specs: trained.tuning.specs,
    initial: await trained.initial(),
    loss: graphs.training,
    evaluationLoss: graphs.evaluation,
    accumulates: args.gradient_accumulation_steps > 1,
    groups: groupsOfRun(args, trained.model, trained.tuning.specs),
    runtime,
    compile: await trained.compile(),
  });
}

/** Puts the numbers of a checkpoint back. @throws E_TRAIN_CHECKPOINT when the data or its order is another */
async function restore(resumed: Resumed, step: TrainStep, files: ModelFiles, plan: BatchPlan): Promise<LoopState> {
  if (resumed.dataFingerprint !== plan.fingerprint) {
    fail("E_TRAIN_CHECKPOINT", {
      where: resumed.dir,
      what: "the samples, or the order in which they are drawn, are not those of this checkpoint.",
      fix: "Give the same data, seed and batch sizes; or start a new run from it with --model or --adapters.",
    });
  }
  plan.adaptation?.restore(resumed.samplerState);
  const model = files.exact ? await files.read(resumed.dir) : new Map<string, Float32Array>();
  await step.writeState(await readTrainState({ dir: resumed.dir, at: resumed.loop.step }, step, model));
  return resumed.loop;
}

/** Trained text in brackets, where there are no colours. */
function plainStyle(style: PreviewStyle, text: string): string {
  return style === "trained" || style === "weighted" ? `⟦${text}⟧` : text;
}
