/** Keys of `pt`: continued pretraining on plain text. As sft, without the chat template and with every token trained. */
import { redefault } from "./field.ts";
import { defineRecipe } from "./recipe.ts";
import { finishTraining, trainingGroups, trainingShape } from "./sft.ts";

export const ptRecipe = defineRecipe({
  verb: "pt",
  groups: trainingGroups,
  shape: {
    ...trainingShape,
    use_chat_template: redefault(trainingShape.use_chat_template, false),
    loss_scale: redefault(trainingShape.loss_scale, "all"),
  },
  finish: finishTraining,
});
