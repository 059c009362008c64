/**
 * `tunesmith quickstart`: the main job on what comes with the package. A story model of 260 thousand parameters is
 * tuned on fables; shown are the curve, the held-out loss and a text from one prompt and seed, before and after.
 */
import { join } from "node:path";
import { objectSource, parseRecipe, ptRecipe, quickstartRecipe, type QuickstartArgs } from "../recipes/index.ts";
import type { Context } from "./context.ts";
import { assetsFolder } from "./run.ts";
import { formatDuration, formatLoss } from "../reports/format.ts";
import { createLiveLine } from "./terminal/live-line.ts";
import { wrap } from "./help.ts";
import { createTrainingReporter } from "./terminal/training-reporter.ts";
import { train } from "./train.ts";
import { defineVerb } from "./verb.ts";

const prompt = "One day a Lion";
/** Enough for the held-out loss to reach its floor; more would learn the fables by heart. */
const steps = 80;

async function run(args: QuickstartArgs, context: Context): Promise<number | undefined> {
  const { stderr, stdout, paint, paintOut, signal } = context;
  const began = performance.now();
  const model = join(assetsFolder(), "stories260k");
  const rows = join(assetsFolder(), "fables/train.jsonl");
  const heldOut = join(assetsFolder(), "fables/held-out.jsonl");
  const training = parseRecipe(ptRecipe, [
    objectSource(
      {
        model,
        dataset: [rows],
        val_dataset: [heldOut],
        output_dir: args.output_dir,
        // A quickstart may be run again: what an earlier one left is replaced.
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
  const { examine } = await import("./quickstart/examine.ts");
  const heading = (text: string): void => void stderr.write(`${paint("bold", text)}\n`);

  heading(`1. the model as it is: ${model}`);
  const question = { prompt, heldOut, maxLength: 512, maxNewTokens: args.max_new_tokens, seed: args.seed };
  const before = await examine(model, question);
  heading(`2. LoRA on ${rows}`);
  const events = createTrainingReporter(createLiveLine(stderr), { paint, everySteps: 10 });
  const result = await train(training, context, events);
  if (signal.aborted) return undefined;
  heading("\n3. before and after");
  const after = await examine(result.bestCheckpoint ?? result.lastCheckpoint, question);

  const columns = Math.min(100, stdout.columns ?? 100) - 2;
  const story = (text: string): string => wrap(text.replaceAll(/\s+/g, " "), columns).join("\n  ");
  const change = `${formatLoss(before.loss)} -> ${formatLoss(after.loss)}`;
  // Written so that NaN is no success.
  const works = after.loss <= before.loss;
  stdout.write(
    [
      `${paintOut("bold", "loss on held-out fables")}  ${paintOut(works ? "green" : "red", change)} nats per token`,
      ...(works
        ? []
        : [
            `${paintOut("red", "The loss did not fall")}: training does not work here as it should; \`tunesmith doctor\` shows more.`,
          ]),
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
  return works ? undefined : 1;
}

export const quickstartVerb = defineVerb({
  recipe: quickstartRecipe,
  usage: "[--flags]",
  examples: () => ["tunesmith quickstart"],
  run,
});
