/** A query made better. Data-Juicer: optimize_query_mapper. */
import { defineOptimizer, halfForm } from "../ask/define-qa-rewriter.ts";

export const optimizeQueryMapper = defineOptimizer({
  name: "optimize_query_mapper",
  summary: "A model makes the query more specific and detailed; the response still answers it.",
  gives: "query",
  task: `You are given a pair of question and answer. Make the question more specific and detailed, such that the given answer still answers it. ${halfForm("question")}`,
});
