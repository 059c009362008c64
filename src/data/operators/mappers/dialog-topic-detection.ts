/** What each turn of a dialog is about. Data-Juicer: dialog_topic_detection_mapper. */
import { defineDialogMapper, onlyOnce, readLabels } from "../ask/define-dialog-mapper.ts";

export const dialogTopicDetectionMapper = defineDialogMapper({
  name: "dialog_topic_detection_mapper",
  summary: "A model says what each turn of a dialog is about; labels and analyses become tags.",
  finds: { argument: "labels", tag: "dialog_topic_labels", tagArgument: "labels_key" },
  analysisTag: "dialog_topic_labels_analysis",
  candidates: "topic_candidates",
  marks: { analysis: "话题分析", finding: "话题类别" },
  task: "Find out which subject the user speaks about.",
  example: {
    query: "长江和黄河哪条更长？",
    analysis: "用户比较两条河流的长度，属于地理知识。",
    finding: "地理",
  },
  read: readLabels,
  keep: onlyOnce,
});
