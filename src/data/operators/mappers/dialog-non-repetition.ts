/** Whether the assistant says something new. Data-Juicer: dialog_non_repetition_mapper. */
import { defineDialogJudge } from "../ask/define-dialog-judge.ts";

export const dialogNonRepetitionMapper = defineDialogJudge({
  measure: "non_repetition",
  summary: "A model judges whether the last response of a dialog says something new.",
  task: [
    "Compare the response with what the assistant said in the earlier turns. Phrases of politeness do not count.",
    "1: says the same again. 5: brings new facts, conclusions or progress.",
  ].join("\n"),
});
