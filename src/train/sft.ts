/**
 * Supervised fine-tuning, and pretraining on plain text, which is the same without a chat template.
 *
 * recipe -> rows -> encoded samples -> batches -> step -> metrics -> checkpoint, in this order below.
 * Follows ms-swift's `sft` and `pt`: mean loss over the trained tokens of a whole optimizer step, full or LoRA.
 * Left out: several devices, gradient checkpointing, half-precision compute.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fail } from "../base/errors.ts";
import { datasetNames } from "../data/dataset-names.ts";
import { loadRows, type DroppedRows } from "../data/dataset.ts";
import type { Purpose, Row } from "../data/row.ts";
import { samplers } from "../data/samplers/index.ts";
import type { Sampler } from "../data/samplers/sampler.ts";
import { sweepTemporary } from "../formats/atomic.ts";
import { loadModel, type LoadedModel } from "../models/load.ts";
import { countParameters, parameterSpecs } from "../models/parameters.ts";
import { optimizers } from "../optim/index.ts";
import type { TrainingArgs } from "../recipes/sft.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import type { Runtime } from "../runtime/types.ts";
import { agentTemplate } from "../text/agent-templates.ts";
import type { EncodeSampleOptions } from "../text/encode.ts";
import { loadLossScale } from "../text/load-loss-scale.ts";
import { previewSample, type PreviewStyle } from "../text/preview.ts";
import { evaluationBatches, planBatches, type BatchPlan, type PlanOptions } from "./batches.ts";
import {
  findCheckpoint,
  readTrainerState,
  readTrainState,
  saveCheckpoint,
  startRunFolder,
  type CheckpointOptions,
  type Resumed,
} from "./checkpoint.ts";
import { createStep } from "./create-step.ts";
import { joinEvents, type RunResult, type TrainEvents } from "./events.ts";
import { startOfRun, trainLoop, type LoopState } from "./loop.ts";
import { decoderLossGraphs } from "./loss-graphs.ts";
import { openMetrics } from "./metrics.ts";
import { prepareSamples, refuseProblems, type Prepared } from "./prepare.ts";
import { groupByDataset, sampleSetOf } from "./sample-set.ts";
import type { TrainStep } from "./train-step.ts";
import { createTuner, type Tuner } from "./tuner.ts";

export interface SftOptions {
  readonly events?: TrainEvents;
  /** Aborted: finish the step, write a checkpoint, return with `stopped: "interrupted"`. */
  readonly signal?: AbortSignal;
  /** Default: one for `args.device` and `args.threads`. */
  readonly runtime?: Runtime;
  /** Colours of the preview; plain marks by default. */
  readonly previewStyle?: (style: PreviewStyle, text: string) => string;
}

/**
 * Runs from the arguments to the last checkpoint.
 *
 * @throws what loading, data and encoding throw; E_TRAIN_PREFLIGHT before step 1; E_TRAIN_CHECKPOINT when
 *   resuming does not fit; E_TRAIN_NOT_FINITE with the last checkpoint whole
 */
export async function sft(args: TrainingArgs, options: SftOptions = {}): Promise<RunResult> {
  const started = performance.now();
  const { signal } = options;
  await mkdir(args.output_dir, { recursive: true });
  await sweepTemporary(args.output_dir);
  const resumed = await findResumed(args);
  if (resumed === undefined) await startRunFolder(args.output_dir, { overwrite: args.overwrite_output_dir });
  const listeners = joinEvents(options.events ?? {});

  // model and rows
  const model = await loadModel(args.model, {
    adapters: args.adapters,
    ...(args.template === undefined ? {} : { template: { source: await readTemplate(args.template) } }),
  });
  for (const notice of [...model.tokenizer.notices, ...(args.use_chat_template ? model.template.notices : [])]) {
    listeners.onNote(notice);
  }
  const encode = await encodeOptions(model, args);
  const sampler = samplers.get(args.sampler) as Sampler;
  const rows = await readRows(args, sampler, listeners);

  // samples
  const prepare = (list: readonly Row[], what: string): Promise<Prepared> =>
    prepareSamples(list, { encode, signal, onProgress: (done, total) => listeners.onPrepare(what, done, total) });
  const train = await prepare(rows.train, "encoding");
  const evaluation =
    rows.validation.length === 0 ? undefined : await prepare(rows.validation, "encoding evaluation rows");
  noteDropped([...rows.dropped, ...train.dropped, ...(evaluation?.dropped ?? [])], listeners);
  listeners.onPreview(
    previewSample(train.first, { tokenizer: model.tokenizer, style: options.previewStyle ?? plainStyle }),
  );
  // Plain text may be cut anywhere, so that its end is never seen: worth a note, not a refusal.
  const allow = args.use_chat_template ? args.allow : [...args.allow, "untrained_stop"];
  for (const { message } of refuseProblems(train.problems, allow)) listeners.onNote(`Note: ${message}`);

  // batches
  const tuner = createTuner(model, args);
  const batching = planOptions(model, args, tuner, encode.maxLength as number);
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
  const runtime = options.runtime ?? createNodeRuntime(runtimeOptions(args));
  const step = await openStep(model, args, tuner, runtime);
  const from = resumed === undefined ? startOfRun : await restore(resumed, step, tuner, plan);
  listeners.onStart({
    outputDir: args.output_dir,
    device: runtime.device,
    tuner: tuner.name,
    trainableParameters: countParameters(tuner.specs),
    totalParameters:
      countParameters(parameterSpecs(model.config)) + (tuner.lora === undefined ? 0 : countParameters(tuner.specs)),
    trainSamples: train.samples.length,
    evalSamples: evaluation?.samples.length ?? 0,
    totalSteps,
    stepsPerEpoch: plan.stepsPerEpoch,
    samplesPerStep: args.per_device_train_batch_size * args.gradient_accumulation_steps,
    startStep: from.step,
  });

  // loop, metrics, checkpoints
  const metrics = await openMetrics({
    outputDir: args.output_dir,
    tensorboard: args.report_to.includes("tensorboard"),
    loggingSteps: args.logging_steps,
    loggingFirstStep: args.logging_first_step,
    history: resumed?.history ?? [],
    startStep: from.step,
  });
  const events = joinEvents(metrics.events, options.events ?? {});
  const checkpoints: CheckpointOptions = {
    outputDir: args.output_dir,
    step,
    writeModel: tuner.writeModel,
    exact: tuner.exact,
    args: savedArgs(args),
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
      schedule: args.lr_scheduler_type,
      warmupSteps: args.warmup_steps > 0 ? args.warmup_steps : Math.ceil(args.warmup_ratio * totalSteps),
      maxGradNorm: args.max_grad_norm,
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
      save: async (state, { best }) => events.onCheckpoint(await saveCheckpoint(state, { best }, checkpoints)),
      events,
      ...(signal === undefined ? {} : { signal }),
    });
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
    await step.release();
  }
}

async function findResumed(args: TrainingArgs): Promise<Resumed | undefined> {
  if (args.resume_from_checkpoint === undefined) return undefined;
  return readTrainerState(await findCheckpoint(args.resume_from_checkpoint, args.output_dir));
}

async function readTemplate(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: Error) =>
    fail("E_TEXT_TEMPLATE_NAME", { where: path, what: `the template cannot be read: ${cause.message}.`, cause }),
  );
}

async function encodeOptions(model: LoadedModel, args: TrainingArgs): Promise<EncodeSampleOptions> {
  return {
    tokenizer: model.tokenizer,
    ...(args.use_chat_template ? { template: model.template } : {}),
    useChatTemplate: args.use_chat_template,
    ...(args.agent_template === undefined ? {} : { agent: agentTemplate(args.agent_template) }),
    lossScale: await loadLossScale(args.loss_scale),
    maxLength: Math.min(args.max_length ?? model.config.maxPositions, model.config.maxPositions),
    truncation: args.truncation_strategy,
  };
}

/** Names of the datasets that evaluation rows come from. */
const evaluatedNames = (args: TrainingArgs): readonly string[] =>
  datasetNames(args.val_dataset.length > 0 ? args.val_dataset : args.dataset);

async function readRows(args: TrainingArgs, sampler: Sampler, listeners: Required<TrainEvents>) {
  const purpose: Purpose = args.use_chat_template ? "sft" : "pt";
  const rows = await loadRows(args.dataset, {
    purpose,
    seed: args.seed,
    strict: args.strict,
    valSpecs: args.val_dataset,
    splitDatasetRatio: args.split_dataset_ratio,
    columns: args.columns,
    keepColumns: sampler.columns(args.sampler_args),
    ...(args.interleave_prob === undefined
      ? {}
      : { interleaveProb: args.interleave_prob, stoppingStrategy: args.stopping_strategy }),
    onProgress: (done) => listeners.onPrepare("reading", done, undefined),
  });
  const { system } = args;
  if (system === undefined) return rows;
  return {
    ...rows,
    train: rows.train.map((row) => withSystem(row, system)),
    validation: rows.validation.map((row) => withSystem(row, system)),
  };
}

function withSystem(row: Row, system: string): Row {
  const { messages } = row.conversation;
  if (messages[0]?.role === "system" || messages[0]?.role === "assistant") return row;
  return {
    ...row,
    conversation: { ...row.conversation, messages: [{ role: "system", content: system }, ...messages] },
  };
}

function noteDropped(dropped: readonly DroppedRows[], listeners: Required<TrainEvents>): void {
  for (const { reason, count, examples } of dropped) {
    listeners.onNote(`Dropped ${count} row${count === 1 ? "" : "s"}: ${reason} (${examples.join("; ")}).`);
  }
}

function planOptions(model: LoadedModel, args: TrainingArgs, tuner: Tuner, maxLength: number): PlanOptions {
  return {
    batchSize: args.per_device_train_batch_size,
    accumulation: args.gradient_accumulation_steps,
    seed: args.seed,
    shuffle: args.dataset_shuffle,
    padId: model.tokenizer.padId,
    packTo: args.packing ? maxLength : undefined,
    groupByLength: args.group_by_length,
    dropout: (tuner.lora?.options.dropout ?? 0) > 0,
    epochs: args.num_train_epochs,
    maxSteps: args.max_steps > 0 ? args.max_steps : undefined,
  };
}

function runtimeOptions(args: TrainingArgs) {
  return {
    device: args.device === "auto" ? ("cpu" as const) : args.device,
    ...(args.threads === undefined ? {} : { threads: args.threads }),
  };
}

async function openStep(model: LoadedModel, args: TrainingArgs, tuner: Tuner, runtime: Runtime): Promise<TrainStep> {
  const graphs = decoderLossGraphs({ config: model.config, lora: tuner.lora, packed: args.packing });
  return createStep({
    specs: tuner.specs,
    initial: await tuner.initial(),
    loss: graphs.training,
    evaluationLoss: graphs.evaluation,
    optimizer: optimizers[args.optim]({
      beta1: args.adam_beta1,
      beta2: args.adam_beta2,
      epsilon: args.adam_epsilon,
      momentum: 0,
    }),
    weightDecay: args.weight_decay,
    runtime,
    compile: await tuner.compile(),
  });
}

/** Puts the numbers of a checkpoint back. @throws E_TRAIN_CHECKPOINT when the data or its order is another */
async function restore(resumed: Resumed, step: TrainStep, tuner: Tuner, plan: BatchPlan): Promise<LoopState> {
  if (resumed.dataFingerprint !== plan.fingerprint) {
    fail("E_TRAIN_CHECKPOINT", {
      where: resumed.dir,
      what: "the samples, or the order in which they are drawn, are not those of this checkpoint.",
      fix: "Give the same data, seed and batch sizes; or start a new run from it with --model or --adapters.",
    });
  }
  plan.adaptation?.restore(resumed.samplerState);
  const model = tuner.exact ? await tuner.readModel(resumed.dir) : new Map<string, Float32Array>();
  await step.writeState(await readTrainState(resumed.dir, step, model));
  return resumed.loop;
}

/**
 * What later verbs need: models by absolute path, so that they are found from any folder. Whether the run was
 * resumed is no part of it.
 */
function savedArgs(args: TrainingArgs): Readonly<Record<string, unknown>> {
  const { resume_from_checkpoint: _, overwrite_output_dir: __, ...rest } = args;
  return { ...rest, model: resolve(args.model), adapters: args.adapters.map((adapter) => resolve(adapter)) };
}

/** Trained text in brackets, where there are no colours. */
function plainStyle(style: PreviewStyle, text: string): string {
  return style === "trained" || style === "weighted" ? `⟦${text}⟧` : text;
}
