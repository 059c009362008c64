/** A response made better. Data-Juicer: optimize_response_mapper. */
import { defineOptimizer, halfForm } from "../ask/define-qa-rewriter.ts";

export const optimizeResponseMapper = defineOptimizer({
  name: "optimize_response_mapper",
  summary: "A model makes the response more specific and detailed; it still answers the query.",
  gives: "response",
  task: `You are given a pair of question and answer. Make the answer more specific and detailed, such that it still answers the given question. ${halfForm("answer")}`,
});
