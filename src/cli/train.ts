/** What `sft` and `pt` share: the terminal around one call into train/. */
import { fail } from "../base/errors.ts";
import type { TrainingArgs } from "../recipes/index.ts";
import { peek, type RecipeInfo, type Source } from "../recipes/index.ts";
import { adapterSources } from "../train/adapter-settings.ts";
import type { Context } from "./context.ts";
import { resumeSource, textOrFile } from "./files.ts";
import { hubReporter } from "./hub-reporter.ts";
import { createLiveLine } from "./terminal/live-line.ts";
import { previewPaint } from "./terminal/preview-paint.ts";
import type { RunResult, TrainEvents } from "../train/events.ts";
import { createTrainingReporter } from "./terminal/training-reporter.ts";

/** Arguments of the run that is to be continued, if one is; else those that an adapter brings along. */
export async function savedTrainingArgs(recipe: RecipeInfo, given: readonly Source[]): Promise<readonly Source[]> {
  const text = (key: string): string | undefined => {
    const value = peek(recipe, given, key);
    return typeof value === "string" ? value : undefined;
  };
  const wanted = text("resume_from_checkpoint");
  const resumed = await resumeSource(wanted, text("output_dir"));
  if (wanted !== undefined && resumed.length === 0 && text("model") === undefined) {
    fail("E_TRAIN_CHECKPOINT", {
      where: `--resume-from-checkpoint ${wanted}`,
      what: "there is no checkpoint with the arguments of its run, and no --model to start anew.",
      ...(wanted === "last" ? { fix: "Give the folder of the run with --output-dir, or name RUN/last." } : {}),
    });
  }
  return resumed.length > 0 ? resumed : adapterSources(recipe, given);
}

export async function runTraining(args: TrainingArgs, context: Context): Promise<undefined> {
  const { stderr, paint } = context;
  const system = args.system === undefined ? {} : { system: await textOrFile(args.system) };
  const events = createTrainingReporter(createLiveLine(stderr), { paint, everySteps: args.logging_steps });
  await train({ ...args, ...system }, context, events);
  return undefined;
}

/** A run with its terminal: in a thread of its own where there is a process to keep awake, else in this one. */
export async function train(args: TrainingArgs, context: Context, events: Required<TrainEvents>): Promise<RunResult> {
  const { paint, signal } = context;
  const onDownload = hubReporter(context).onProgress;
  try {
    // The engine takes its time to load: arguments that can be refused have been by now.
    if (context.end === undefined) {
      const { sft } = await import("../train/sft.ts");
      return await sft(args, { signal, events, previewStyle: previewPaint(paint), onDownload });
    }
    const { trainInThread } = await import("./training/train-in-thread.ts");
    const colours = paint("bold", "x") !== "x";
    return await trainInThread(args, context, { events, colours, onDownload });
  } catch (error) {
    events.onCompile({ operators: 0, seconds: 0 });
    if (isAbort(error)) context.stderr.write("stopped before the first step: there was nothing to save yet\n");
    throw error;
  }
}

const isAbort = (error: unknown): boolean => (error as { readonly name?: string }).name === "AbortError";
