/** Whether the assistant understands what words like "it" stand for. Data-Juicer: dialog_coreference_mapper. */
import { defineDialogJudge } from "../ask/define-dialog-judge.ts";

export const dialogCoreferenceMapper = defineDialogJudge({
  measure: "coreference",
  summary:
    'A model judges whether the last response of a dialog understands what words such as "it" and "that one" stand for.',
  task: [
    "Find words in the last message of the user that stand for something said before, and look whether the response takes them for the right thing.",
    "1: plainly takes them for something else. 3: cannot be told. 5: takes all of them for the right thing.",
  ].join("\n"),
});
