/** A response made more exact by a text. Data-Juicer: calibrate_response_mapper. */
import { defineCalibrator, halfForm } from "../ask/define-qa-rewriter.ts";

export const calibrateResponseMapper = defineCalibrator({
  name: "calibrate_response_mapper",
  summary: "A model makes the response more detailed and exact by the row's text; it still answers the query.",
  gives: "response",
  patterned: true,
  task: `You are given a reference (【参考信息】) and a pair of question and answer about it. Make the answer more detailed and exact by the reference, such that it still answers the given question. ${halfForm("answer")}`,
});
