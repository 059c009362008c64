/** Whether the assistant thinks ahead. Data-Juicer: dialog_proactivity_mapper. */
import { defineDialogJudge } from "../ask/define-dialog-judge.ts";

export const dialogProactivityMapper = defineDialogJudge({
  measure: "proactivity",
  summary: "A model judges whether the last response of a dialog thinks ahead without rambling.",
  task: [
    "A good response brings the matter forward: a sensible next step, something useful to know, a short question at the end. Padding and digressions are faults.",
    "1: does the least, mechanically. 5: thinks ahead, with measure, for what the user wants.",
  ].join("\n"),
});
