/** What `sft` and `pt` share: the terminal around one call into train/. */
import type { TrainingArgs } from "../recipes/index.ts";
import { peek, type RecipeInfo, type Source } from "../recipes/index.ts";
import type { Context } from "./context.ts";
import { checkOutputDir, resumeSource, textOrFile } from "./files.ts";
import { createLiveLine } from "./terminal/live-line.ts";
import { previewPaint } from "./terminal/preview-paint.ts";
import { createTrainingReporter } from "./terminal/training-reporter.ts";

/** Arguments of the run that is to be continued, if one is. */
export function savedTrainingArgs(recipe: RecipeInfo, given: readonly Source[]): Promise<readonly Source[]> {
  const text = (key: string): string | undefined => {
    const value = peek(recipe, given, key);
    return typeof value === "string" ? value : undefined;
  };
  return resumeSource(text("resume_from_checkpoint"), text("output_dir"));
}

export async function runTraining(args: TrainingArgs, context: Context): Promise<undefined> {
  const { stderr, paint, signal } = context;
  if (args.resume_from_checkpoint === undefined) await checkOutputDir(args.output_dir, args.overwrite_output_dir);
  const system = args.system === undefined ? {} : { system: await textOrFile(args.system) };
  // The engine takes its time to load: everything that can be refused has been by now.
  const { sft } = await import("../train/sft.ts");
  const events = createTrainingReporter(createLiveLine(stderr), { paint, everySteps: args.logging_steps });
  await sft({ ...args, ...system }, { signal, events, previewStyle: previewPaint(paint) });
  return undefined;
}
