/** How hard a row is, judged by a model. Data-Juicer: llm_difficulty_score_filter. */
import { defineAnalysisFilter } from "../ask/define-analysis-filter.ts";

export const llmDifficultyScoreFilter = defineAnalysisFilter({
  name: "llm_difficulty_score_filter",
  summary: "Keeps rows that a model finds difficult: in language, concepts, knowledge, steps and ambiguity.",
  stats: ["llm_difficulty_score", "llm_difficulty_record", "llm_difficulty_tags"],
  task: "You judge how difficult samples of training data for a language model are: 1 is for beginners, 3 for the experienced, 5 for experts.",
  dimensions: {
    linguistic_complexity: "How demanding are its words and sentences?",
    conceptual_depth: "How abstract are its ideas, how much theory is behind them?",
    prior_knowledge: "How much must one know of its field beforehand?",
    step_complexity: "How many steps of thought does it take?",
    ambiguity: "In how many ways can it be understood?",
  },
});
