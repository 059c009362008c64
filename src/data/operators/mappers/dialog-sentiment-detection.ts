/** What a user feels in each turn of a dialog. Data-Juicer: dialog_sentiment_detection_mapper. */
import { defineDialogMapper, onlyOnce, readLabels } from "../ask/define-dialog-mapper.ts";

export const dialogSentimentDetectionMapper = defineDialogMapper({
  name: "dialog_sentiment_detection_mapper",
  summary: "A model says what the user feels in each turn of a dialog; labels and analyses become tags.",
  finds: { argument: "labels", tag: "dialog_sentiment_labels", tagArgument: "labels_key" },
  analysisTag: "dialog_sentiment_labels_analysis",
  candidates: "sentiment_candidates",
  marks: { analysis: "情感分析", finding: "情感类别" },
  task: "Find out what the user feels. There may be several feelings.",
  example: {
    query: "试了三次还是不行，我都想放弃了。",
    analysis: "用户多次尝试失败，流露出挫败和灰心。",
    finding: "挫败、灰心",
  },
  read: readLabels,
  keep: onlyOnce,
});
