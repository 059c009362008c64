/** All mappers. A new one is a file here, its test, and a line in this table. */
import type { MapperOperator } from "../operator.ts";
import { chineseConvertMapper } from "./chinese-convert.ts";
import { cleanCopyrightMapper } from "./clean-copyright.ts";
import { cleanEmailMapper } from "./clean-email.ts";
import { cleanHtmlMapper } from "./clean-html.ts";
import { cleanIpMapper } from "./clean-ip.ts";
import { cleanLinksMapper } from "./clean-links.ts";
import { downloadFileMapper } from "./download-file.ts";
import { expandMacroMapper } from "./expand-macro.ts";
import { extractTablesFromHtmlMapper } from "./extract-tables-from-html.ts";
import { fixUnicodeMapper } from "./fix-unicode.ts";
import { nlpaugEnMapper } from "./nlpaug-en.ts";
import { punctuationNormalizationMapper } from "./punctuation-normalization.ts";
import { pythonFileMapper } from "./python-file.ts";
import { pythonLambdaMapper } from "./python-lambda.ts";
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
import { sentenceSplitMapper } from "./sentence-split.ts";
import { textChunkMapper } from "./text-chunk.ts";
import { whitespaceNormalizationMapper } from "./whitespace-normalization.ts";

export const mappers: readonly MapperOperator[] = [
  chineseConvertMapper,
  cleanCopyrightMapper,
  cleanEmailMapper,
  cleanHtmlMapper,
  cleanIpMapper,
  cleanLinksMapper,
  downloadFileMapper,
  expandMacroMapper,
  extractTablesFromHtmlMapper,
  fixUnicodeMapper,
  nlpaugEnMapper,
  punctuationNormalizationMapper,
  pythonFileMapper,
  pythonLambdaMapper,
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
  sentenceSplitMapper,
  textChunkMapper,
  whitespaceNormalizationMapper,
];
