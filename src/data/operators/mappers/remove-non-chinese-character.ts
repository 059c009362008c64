/** All but Chinese. Data-Juicer: remove_non_chinese_character_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineTextMapper } from "../operator.ts";

export const removeNonChineseCharacterMapper = defineTextMapper({
  name: "remove_non_chinese_character_mapper",
  summary: "Keeps Chinese characters, and if wanted letters, digits and punctuation.",
  args: {
    keep_alphabet: arg(z.boolean().default(true), "Keeps the letters of English."),
    keep_number: arg(z.boolean().default(true), "Keeps digits."),
    keep_punc: arg(z.boolean().default(true), "Keeps punctuation."),
  },
  create: ({ keep_alphabet: letters, keep_number: digits, keep_punc: punctuation }) => {
    const kept =
      "\\u4E00-\\u9FA5" +
      (letters ? "A-Za-z" : "") +
      (digits ? "0-9" : "") +
      (punctuation ? ".， ,\\-。%《*》\\/•、&＆\\(—\\)（+）：？!！“”·" : "");
    const unwanted = new RegExp(`[^${kept}]+`, "gu");
    return (text) => text.replaceAll(unwanted, "");
  },
});
