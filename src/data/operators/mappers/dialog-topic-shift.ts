/** Whether the assistant follows when the user changes the subject. Data-Juicer: dialog_topic_shift_mapper. */
import { defineDialogJudge } from "../ask/define-dialog-judge.ts";

export const dialogTopicShiftMapper = defineDialogJudge({
  measure: "topic_shift",
  summary: "A model judges whether the last response of a dialog follows where the user goes.",
  task: [
    "First find out whether the last message of the user plainly changes the subject against the messages before it.",
    "If it does, a good response is about the new subject, not the old one. If it does not, judge only whether the response is about the message: 3 to 5 if it is.",
    "1: is about something else. 5: is just about what the user now says.",
  ].join("\n"),
});
