/** What a user wants in each turn of a dialog. Data-Juicer: dialog_intent_detection_mapper. */
import { defineDialogMapper, onlyOnce, readLabels } from "../ask/define-dialog-mapper.ts";

export const dialogIntentDetectionMapper = defineDialogMapper({
  name: "dialog_intent_detection_mapper",
  summary: "A model says what the user wants in each turn of a dialog; labels and analyses become tags.",
  finds: { argument: "labels", tag: "dialog_intent_labels", tagArgument: "labels_key" },
  analysisTag: "dialog_intent_labels_analysis",
  candidates: "intent_candidates",
  marks: { analysis: "意图分析", finding: "意图类别" },
  task: "Find out what the user intends: to learn something, to get advice, to have something done, or another thing.",
  example: {
    query: "这本书太难了，有没有适合初学者的？",
    analysis: "用户觉得现有的书太难，想得到适合初学者的推荐。",
    finding: "请求建议",
  },
  read: readLabels,
  keep: onlyOnce,
});
