/** All mappers. A new one is a file here, its test, and a line in this table. */
import type { MapperOperator } from "../operator.ts";
import { calibrateQaMapper } from "./calibrate-qa.ts";
import { calibrateQueryMapper } from "./calibrate-query.ts";
import { calibrateResponseMapper } from "./calibrate-response.ts";
import { chineseConvertMapper } from "./chinese-convert.ts";
import { cleanCopyrightMapper } from "./clean-copyright.ts";
import { cleanEmailMapper } from "./clean-email.ts";
import { cleanHtmlMapper } from "./clean-html.ts";
import { cleanIpMapper } from "./clean-ip.ts";
import { cleanLinksMapper } from "./clean-links.ts";
import { downloadFileMapper } from "./download-file.ts";
import { dialogClarificationQualityMapper } from "./dialog-clarification-quality.ts";
import { dialogCoreferenceMapper } from "./dialog-coreference.ts";
import { dialogErrorRecoveryMapper } from "./dialog-error-recovery.ts";
import { dialogIntentDetectionMapper } from "./dialog-intent-detection.ts";
import { dialogMemoryConsistencyMapper } from "./dialog-memory-consistency.ts";
import { dialogNonRepetitionMapper } from "./dialog-non-repetition.ts";
import { dialogProactivityMapper } from "./dialog-proactivity.ts";
import { dialogSentimentDetectionMapper } from "./dialog-sentiment-detection.ts";
import { dialogSentimentIntensityMapper } from "./dialog-sentiment-intensity.ts";
import { dialogTopicDetectionMapper } from "./dialog-topic-detection.ts";
import { dialogTopicShiftMapper } from "./dialog-topic-shift.ts";
import { expandMacroMapper } from "./expand-macro.ts";
import { extractEntityAttributeMapper } from "./extract-entity-attribute.ts";
import { extractEntityRelationMapper } from "./extract-entity-relation.ts";
import { extractEventMapper } from "./extract-event.ts";
import { extractKeywordMapper } from "./extract-keyword.ts";
import { extractNicknameMapper } from "./extract-nickname.ts";
import { extractSupportTextMapper } from "./extract-support-text.ts";
import { extractTablesFromHtmlMapper } from "./extract-tables-from-html.ts";
import { fixUnicodeMapper } from "./fix-unicode.ts";
import { generateQaFromExamplesMapper } from "./generate-qa-from-examples.ts";
import { generateQaFromTextMapper } from "./generate-qa-from-text.ts";
import { llmExtractMapper } from "./llm-extract.ts";
import { optimizePromptMapper } from "./optimize-prompt.ts";
import { optimizeQaMapper } from "./optimize-qa.ts";
import { optimizeQueryMapper } from "./optimize-query.ts";
import { optimizeResponseMapper } from "./optimize-response.ts";
import { pairPreferenceMapper } from "./pair-preference.ts";
import { nlpaugEnMapper } from "./nlpaug-en.ts";
import { punctuationNormalizationMapper } from "./punctuation-normalization.ts";
import { pythonFileMapper } from "./python-file.ts";
import { pythonLambdaMapper } from "./python-lambda.ts";
import { relationIdentityMapper } from "./relation-identity.ts";
import { removeBibliographyMapper } from "./remove-bibliography.ts";
import { removeCommentsMapper } from "./remove-comments.ts";
import { removeHeaderMapper } from "./remove-header.ts";
import { removeLongWordsMapper } from "./remove-long-words.ts";
import { removeNonChineseCharacterMapper } from "./remove-non-chinese-character.ts";
import { removeRepeatSentencesMapper } from "./remove-repeat-sentences.ts";
import { removeSpecificCharsMapper } from "./remove-specific-chars.ts";
import { removeTableTextMapper } from "./remove-table-text.ts";
import { removeWordsWithIncorrectSubstringsMapper } from "./remove-words-with-incorrect-substrings.ts";
import { replaceContentMapper } from "./replace-content.ts";
import { sentenceAugmentationMapper } from "./sentence-augmentation.ts";
import { sentenceSplitMapper } from "./sentence-split.ts";
import { textChunkMapper } from "./text-chunk.ts";
import { textTaggingByPromptMapper } from "./text-tagging-by-prompt.ts";
import { whitespaceNormalizationMapper } from "./whitespace-normalization.ts";

export const mappers: readonly MapperOperator[] = [
  calibrateQaMapper,
  calibrateQueryMapper,
  calibrateResponseMapper,
  chineseConvertMapper,
  cleanCopyrightMapper,
  cleanEmailMapper,
  cleanHtmlMapper,
  cleanIpMapper,
  cleanLinksMapper,
  downloadFileMapper,
  dialogClarificationQualityMapper,
  dialogCoreferenceMapper,
  dialogErrorRecoveryMapper,
  dialogIntentDetectionMapper,
  dialogMemoryConsistencyMapper,
  dialogNonRepetitionMapper,
  dialogProactivityMapper,
  dialogSentimentDetectionMapper,
  dialogSentimentIntensityMapper,
  dialogTopicDetectionMapper,
  dialogTopicShiftMapper,
  expandMacroMapper,
  extractEntityAttributeMapper,
  extractEntityRelationMapper,
  extractEventMapper,
  extractKeywordMapper,
  extractNicknameMapper,
  extractSupportTextMapper,
  extractTablesFromHtmlMapper,
  fixUnicodeMapper,
  generateQaFromExamplesMapper,
  generateQaFromTextMapper,
  llmExtractMapper,
  optimizePromptMapper,
  optimizeQaMapper,
  optimizeQueryMapper,
  optimizeResponseMapper,
  pairPreferenceMapper,
  nlpaugEnMapper,
  punctuationNormalizationMapper,
  pythonFileMapper,
  pythonLambdaMapper,
  relationIdentityMapper,
  removeBibliographyMapper,
  removeCommentsMapper,
  removeHeaderMapper,
  removeLongWordsMapper,
  removeNonChineseCharacterMapper,
  removeRepeatSentencesMapper,
  removeSpecificCharsMapper,
  removeTableTextMapper,
  removeWordsWithIncorrectSubstringsMapper,
  replaceContentMapper,
  sentenceAugmentationMapper,
  sentenceSplitMapper,
  textChunkMapper,
  textTaggingByPromptMapper,
  whitespaceNormalizationMapper,
];
