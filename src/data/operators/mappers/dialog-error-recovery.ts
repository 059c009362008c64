/** How the assistant takes being corrected. Data-Juicer: dialog_error_recovery_mapper. */
import { defineDialogJudge } from "../ask/define-dialog-judge.ts";

export const dialogErrorRecoveryMapper = defineDialogJudge({
  measure: "error_recovery",
  summary: "A model judges how the last response of a dialog takes a correction by the user.",
  task: [
    "If the user corrects or disputes something that the assistant said before, a good response admits it, puts it right and stays polite.",
    "If there is no such correction, the mark is 5, and the reason says that there was nothing to put right; that an apology is missing is then no fault.",
    "1: denies the mistake, or is rude about it. 5: puts it right.",
  ].join("\n"),
});
