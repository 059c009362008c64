/** Whether the assistant remembers what was said. Data-Juicer: dialog_memory_consistency_mapper. */
import { defineDialogJudge } from "../ask/define-dialog-judge.ts";

export const dialogMemoryConsistencyMapper = defineDialogJudge({
  measure: "memory_consistency",
  summary: "A model judges whether the last response of a dialog keeps to what was said and wished before.",
  task: [
    "Look whether the response keeps to facts, wishes and conditions of the earlier turns, and does not contradict what the assistant said. Go by the dialog alone.",
    "1: forgets or breaks something of importance. 3: keeps to most of it. 5: keeps to all of it.",
  ].join("\n"),
});
