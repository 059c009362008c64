/** `tunesmith sft`: supervised fine-tuning. */
import { join } from "node:path";
import { sftRecipe } from "../recipes/sft.ts";
import { runTraining, savedTrainingArgs } from "./train.ts";
import { defineVerb } from "./verb.ts";

export const sftVerb = defineVerb({
  recipe: sftRecipe,
  usage: "--model DIR --dataset FILE... [--flags]",
  examples: (assets) => [
    `tunesmith sft --model ${join(assets, "stories260k")} --dataset ${join(assets, "fables/train.jsonl")} ` +
      `--columns '{"title": "query", "text": "response"}' --max-length 512 --max-steps 20 --output-dir runs/demo`,
    "tunesmith sft --resume-from-checkpoint runs/demo/last --max-steps 40",
  ],
  saved: (given) => savedTrainingArgs(sftRecipe, given),
  run: runTraining,
});
