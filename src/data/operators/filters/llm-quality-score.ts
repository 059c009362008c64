/** How good a row is, judged by a model. Data-Juicer: llm_quality_score_filter. */
import { defineAnalysisFilter } from "../ask/define-analysis-filter.ts";

export const llmQualityScoreFilter = defineAnalysisFilter({
  name: "llm_quality_score_filter",
  summary: "Keeps rows to which a model gives good marks for accuracy, grammar, informativeness and coherence.",
  stats: ["llm_quality_score", "llm_quality_record", "llm_quality_tags"],
  task: "You judge the quality of samples of training data for a language model. Errors of fact weigh more than errors of style.",
  dimensions: {
    accuracy: "Are its statements correct, and could they be checked?",
    grammar: "Is its language correct and fluent?",
    informativeness: "Is there depth, and use, in what it says?",
    coherence: "Do its parts follow from each other without contradiction?",
  },
});
