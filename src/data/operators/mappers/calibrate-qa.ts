/** A pair of query and response made more exact by a text. Data-Juicer: calibrate_qa_mapper. */
import { defineCalibrator, PAIR_FORM } from "../ask/define-qa-rewriter.ts";

export const calibrateQaMapper = defineCalibrator({
  name: "calibrate_qa_mapper",
  summary: "A model makes query and response more detailed and exact by the row's text.",
  gives: "pair",
  task: `You are given a reference (【参考信息】) and a pair of question and answer about it. Make both more detailed and exact by the reference; say nothing that it does not bear out. ${PAIR_FORM}`,
});
