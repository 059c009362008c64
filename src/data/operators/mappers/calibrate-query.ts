/** A query made more exact by a text. Data-Juicer: calibrate_query_mapper. */
import { defineCalibrator, halfForm } from "../ask/define-qa-rewriter.ts";

export const calibrateQueryMapper = defineCalibrator({
  name: "calibrate_query_mapper",
  summary: "A model makes the query more detailed and exact by the row's text; the response still answers it.",
  gives: "query",
  task: `You are given a reference (【参考信息】) and a pair of question and answer about it. Make the question more detailed and exact by the reference, such that the given answer still answers it. ${halfForm("question")}`,
});
