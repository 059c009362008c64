/** A pair of query and response made better. Data-Juicer: optimize_qa_mapper. */
import { defineOptimizer, PAIR_FORM } from "../ask/define-qa-rewriter.ts";

export const optimizeQaMapper = defineOptimizer({
  name: "optimize_qa_mapper",
  summary: "A model makes query and response more detailed and exact.",
  gives: "pair",
  task: `You are given a pair of question and answer. Make both more detailed and exact; keep what they are about. ${PAIR_FORM}`,
});
