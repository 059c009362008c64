/** `tunesmith pt`: continued pretraining. */
import { join } from "node:path";
import { ptRecipe } from "../recipes/pt.ts";
import { runTraining, savedTrainingArgs } from "./train.ts";
import { defineVerb } from "./verb.ts";

export const ptVerb = defineVerb({
  recipe: ptRecipe,
  usage: "--model DIR --dataset FILE... [--flags]",
  examples: (assets) => [
    `tunesmith pt --model ${join(assets, "stories260k")} --dataset ${join(assets, "fables/train.jsonl")} ` +
      "--tuner-type full --learning-rate 1e-3 --max-steps 20 --output-dir runs/fables",
  ],
  saved: (given) => savedTrainingArgs(ptRecipe, given),
  run: runTraining,
});
