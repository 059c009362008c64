/** Whether the assistant asks back where a request is unclear. Data-Juicer: dialog_clarification_quality_mapper. */
import { defineDialogJudge } from "../ask/define-dialog-judge.ts";

export const dialogClarificationQualityMapper = defineDialogJudge({
  measure: "clarification_quality",
  summary: "A model judges whether the last response of a dialog asks back where it should, and only there.",
  task: [
    "Where the last message of the user is vague or lacks something that is needed, a good response asks for it: few questions, to the point, no guessing.",
    "Where it is clear, a good response simply does what is asked; asking back is then a fault. A short question in between, such as how far things are, needs no asking back.",
    "1: does not ask where it must, or asks for no reason. 5: asks just what is needed, or answers at once what is clear.",
  ].join("\n"),
});
