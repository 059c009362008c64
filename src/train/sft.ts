/**
 * Supervised fine-tuning, and pretraining on plain text, which is the same without a chat template: rows become token
 * ids with labels, and the loss is the mean over the trained tokens of a whole optimizer step. Follows ms-swift's `sft`
 * and `pt`. What all stages share is in run.ts.
 */
import { noteStopIds } from "../models/stop-ids.ts";
import type { TrainingArgs } from "../recipes/sft.ts";
import { previewSample } from "../text/preview.ts";
import { encodeOptions } from "./encode-options.ts";
import type { RunResult } from "./events.ts";
import { nextToken } from "./objective.ts";
import { refuseProblems } from "./preflight.ts";
import { prepareSamples } from "./prepare.ts";
import { runStage, type RunOptions } from "./run.ts";
import type { Stage, StageContext } from "./stage.ts";
import { taughtStopIds } from "./tuner.ts";

export type SftOptions = RunOptions;

/** Runs from the arguments to the last checkpoint. @throws what {@link runStage} throws */
export function sft(args: TrainingArgs, options: SftOptions = {}): Promise<RunResult> {
  return runStage(args, openSft, options);
}

async function openSft({ model, args, listeners, signal }: StageContext): Promise<Stage> {
  if (args.use_chat_template) for (const notice of model.template.notices) listeners.onNote(notice);
  const stopIds = taughtStopIds(model, args);
  for (const notice of noteStopIds(model, stopIds)) listeners.onNote(notice);
  const encode = await encodeOptions(model, args);
  return {
    maxLength: encode.maxLength,
    objective: nextToken(
      { labelSmoothing: args.label_smoothing_factor, zLoss: args.z_loss_coef, dft: args.enable_dft_loss },
      { stopIds },
    ),
    prepare: (rows, what) =>
      prepareSamples(rows, {
        encode,
        vocabSize: model.config.vocabSize,
        strict: args.strict,
        signal,
        onProgress: (done, total) => listeners.onPrepare(what, done, total),
      }),
    preview: ({ first }, style) => previewSample(first, { tokenizer: model.tokenizer, style }),
    check: ({ problems }) => {
      // Plain text may be cut anywhere, so that its end is never seen: worth a note, not a refusal.
      const allow = args.use_chat_template ? args.allow : [...args.allow, "untrained_stop"];
      return refuseProblems(problems, allow).map(({ message }) => message);
    },
  };
}
