/** The language that answers are asked for in. Data-Juicer: preferred_output_lang, which knows Chinese and English. */

/** "zh", "zh-CN", "zh_TW" are Chinese; everything else is English. */
export const outputLanguage = (given: string): "Simplified Chinese" | "English" =>
  given.trim().toLowerCase().startsWith("zh") ? "Simplified Chinese" : "English";
