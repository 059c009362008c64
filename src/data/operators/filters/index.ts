/** All filters. A new one is a file here, its test, and a line in this table. */
import type { FilterOperator } from "../operator.ts";
import { alphanumericFilter } from "./alphanumeric.ts";
import { audioDurationFilter } from "./audio-duration.ts";
import { audioSizeFilter } from "./audio-size.ts";
import { averageLineLengthFilter } from "./average-line-length.ts";
import { characterRepetitionFilter } from "./character-repetition.ts";
import { flaggedWordsFilter } from "./flagged-words.ts";
import { generalFieldFilter } from "./general-field.ts";
import { imageAspectRatioFilter } from "./image-aspect-ratio.ts";
import { imageShapeFilter } from "./image-shape.ts";
import { imageSizeFilter } from "./image-size.ts";
import { inContextInfluenceFilter } from "./in-context-influence.ts";
import { instructionFollowingDifficultyFilter } from "./instruction-following-difficulty.ts";
import { languageIdScoreFilter } from "./language-id-score.ts";
import { llmPerplexityFilter } from "./llm-perplexity.ts";
import { llmAnalysisFilter } from "./llm-analysis.ts";
import { llmConditionFilter } from "./llm-condition.ts";
import { llmDifficultyScoreFilter } from "./llm-difficulty-score.ts";
import { llmQualityScoreFilter } from "./llm-quality-score.ts";
import { llmTaskRelevanceFilter } from "./llm-task-relevance.ts";
import { maximumLineLengthFilter } from "./maximum-line-length.ts";
import { perplexityFilter } from "./perplexity.ts";
import { specialCharactersFilter } from "./special-characters.ts";
import { specifiedFieldFilter } from "./specified-field.ts";
import { specifiedNumericFieldFilter } from "./specified-numeric-field.ts";
import { stopwordsFilter } from "./stopwords.ts";
import { suffixFilter } from "./suffix.ts";
import { textActionFilter } from "./text-action.ts";
import { textEmbdSimilarityFilter } from "./text-embd-similarity.ts";
import { textEntityDependencyFilter } from "./text-entity-dependency.ts";
import { textLengthFilter } from "./text-length.ts";
import { tokenNumFilter } from "./token-num.ts";
import { wordRepetitionFilter } from "./word-repetition.ts";
import { wordsNumFilter } from "./words-num.ts";

export const filters: readonly FilterOperator[] = [
  alphanumericFilter,
  audioDurationFilter,
  audioSizeFilter,
  averageLineLengthFilter,
  characterRepetitionFilter,
  flaggedWordsFilter,
  generalFieldFilter,
  imageAspectRatioFilter,
  imageShapeFilter,
  imageSizeFilter,
  inContextInfluenceFilter,
  instructionFollowingDifficultyFilter,
  languageIdScoreFilter,
  llmPerplexityFilter,
  llmAnalysisFilter,
  llmConditionFilter,
  llmDifficultyScoreFilter,
  llmQualityScoreFilter,
  llmTaskRelevanceFilter,
  maximumLineLengthFilter,
  perplexityFilter,
  specialCharactersFilter,
  specifiedFieldFilter,
  specifiedNumericFieldFilter,
  stopwordsFilter,
  suffixFilter,
  textActionFilter,
  textEmbdSimilarityFilter,
  textEntityDependencyFilter,
  textLengthFilter,
  tokenNumFilter,
  wordRepetitionFilter,
  wordsNumFilter,
];
