/** Clearness, relevance, use and style of a row, judged by a model. Data-Juicer: llm_analysis_filter. */
import { defineAnalysisFilter } from "../ask/define-analysis-filter.ts";

export const llmAnalysisFilter = defineAnalysisFilter({
  name: "llm_analysis_filter",
  summary: "Keeps rows to which a model gives good marks for clarity, relevance, usefulness and fluency.",
  stats: ["llm_analysis_score", "llm_analysis_record", "llm_analysis_tags"],
  task: "You judge samples of training data for a language model.",
  dimensions: {
    clarity: "Is it easy to understand?",
    relevance: "Does it keep to its subject or task?",
    usefulness: "Is there something of value to be learned from it?",
    fluency: "Is it natural and correct language?",
  },
  tags: true,
  keepsZero: true,
});
