/**
 * `tunesmith quickstart`: the main job on what comes with the package. A story model of 260 thousand parameters is
 * tuned on fables; shown are the curve, the held-out loss and a text from one prompt and seed, before and after.
 */
import { join } from "node:path";
import { objectSource, parseRecipe, ptRecipe, quickstartRecipe, type QuickstartArgs } from "../recipes/index.ts";
import type { Context } from "./context.ts";
import { removeRun } from "./files.ts";
import { assetsFolder } from "./run.ts";
import { formatDuration, formatLoss } from "./terminal/format.ts";
import { createLiveLine } from "./terminal/live-line.ts";
import { wrap } from "./help.ts";
import { previewPaint } from "./terminal/preview-paint.ts";
import { createTrainingReporter } from "./terminal/training-reporter.ts";
import { defineVerb } from "./verb.ts";

const prompt = "One day a Lion";
/** Enough for the held-out loss to reach its floor; more would learn the fables by heart. */
const steps = 80;

async function run(args: QuickstartArgs, context: Context): Promise<undefined> {
  const { stderr, stdout, paint, paintOut, signal } = context;
  const began = performance.now();
  const model = join(assetsFolder(), "stories260k");
  const train = join(assetsFolder(), "fables/train.jsonl");
  const heldOut = join(assetsFolder(), "fables/held-out.jsonl");
  const training = parseRecipe(ptRecipe, [
    objectSource(
      {
        model,
        dataset: [train],
        val_dataset: [heldOut],
        output_dir: args.output_dir,
        overwrite_output_dir: true,
        tuner_type: "lora",
        truncation_strategy: "right",
        learning_rate: 3e-3,
        per_device_train_batch_size: 8,
        per_device_eval_batch_size: 8,
        gradient_accumulation_steps: 1,
        max_steps: args.max_steps ?? steps,
        save_steps: 20,
        save_total_limit: 1,
        seed: args.seed,
        device: args.device,
        threads: args.threads,
      },
      "quickstart",
    ),
  ]);
  const [{ sft }, { examine }] = await Promise.all([import("../train/sft.ts"), import("./quickstart/examine.ts")]);
  const heading = (text: string): void => void stderr.write(`${paint("bold", text)}\n`);

  heading(`1. the model as it is: ${model}`);
  const question = { prompt, heldOut, maxLength: 512, maxNewTokens: args.max_new_tokens, seed: args.seed };
  const before = await examine(model, question);
  heading(`2. LoRA on ${train}`);
  // A quickstart may be run again: what an earlier one left is replaced.
  await removeRun(args.output_dir);
  const events = createTrainingReporter(createLiveLine(stderr), { paint, everySteps: 10 });
  const result = await sft(training, { signal, events, previewStyle: previewPaint(paint) });
  if (signal.aborted) return undefined;
  heading("\n3. before and after");
  const after = await examine(result.bestCheckpoint ?? result.lastCheckpoint, question);

  const columns = Math.min(100, stdout.columns ?? 100) - 2;
  const story = (text: string): string => wrap(text.replaceAll(/\s+/g, " "), columns).join("\n  ");
  const change = `${formatLoss(before.loss)} -> ${formatLoss(after.loss)}`;
  stdout.write(
    [
      `${paintOut("bold", "loss on held-out fables")}  ${paintOut("green", change)} nats per token`,
      "",
      `${paintOut("bold", "before")}\n  ${story(before.text)}`,
      "",
      `${paintOut("bold", "after")}\n  ${story(after.text)}`,
      "",
      `${formatDuration((performance.now() - began) / 1000)} in all. Go on with:`,
      `  tunesmith infer --model ${join(args.output_dir, "last")}`,
      `  tunesmith merge-lora --adapters ${join(args.output_dir, "last")} --output-dir merged`,
      "",
    ].join("\n"),
  );
  return undefined;
}

export const quickstartVerb = defineVerb({
  recipe: quickstartRecipe,
  usage: "[--flags]",
  examples: () => ["tunesmith quickstart"],
  run,
});
