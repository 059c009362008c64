/** Language and how sure it is. Data-Juicer: language_id_score_filter. */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { arg, rangeTest } from "../args.ts";
import { defineFilter } from "../operator.ts";
import { loadLanguageGuesser } from "../text/language.ts";

const lang = z.union([z.string(), z.array(z.string())]).default("");

export const languageIdScoreFilter = defineFilter({
  name: "language_id_score_filter",
  summary: "Keeps rows whose language is one of some, and is certain enough.",
  args: {
    lang: arg(lang, "Language or languages that stay, by ISO 639-1; none for all."),
    min_score: arg(z.number().default(0.8), "Least certainty of a row that is kept, 0 to 1."),
  },
  stats: ["lang", "lang_score"],
  cost: 10,
  differs:
    "The model is fastText's lid.176.ftz, the small form of Data-Juicer's lid.176.bin, whose scores differ a little. A " +
    "text is looked at once more without digits, punctuation, addresses and fenced code, and the more certain answer " +
    "counts; kana, and Han characters without kana, rule languages out. Right of 696 paragraphs in ten languages: 100% " +
    "(fastText's small form alone 98.7%), with numbers between the words 100% (98.1%), cut to 30 characters 98.0% " +
    "(96.6%), to 15 characters 87.5% (84.3%), with code behind them 99.7% (94.7%); kept at 0.8: 98.6% (96.0%) of the " +
    "paragraphs, 96.5% (91.5%) of GSM8K's answers, 8.9% (2.3%) of programs. A text without letters has no language and " +
    "score 0. Of very long texts 16 parts of 1,024 characters are read.",
  create: async (args) => {
    const wanted = typeof args.lang === "string" ? [args.lang] : args.lang;
    const languages = new Set(wanted.filter((language) => language !== ""));
    const { guess, languages: known } = await loadLanguageGuesser();
    for (const language of languages) {
      if (known.includes(language)) continue;
      fail("E_DATA_OPERATOR", {
        where: "language_id_score_filter.lang",
        what: `the language ${JSON.stringify(language)} cannot be told, only ${known.toSorted().join(", ")}.`,
        fix: "Name languages of these.",
      });
    }
    const isCertain = rangeTest(args, "score");
    return {
      stats: ["lang", "lang_score"],
      measure: (sample) => {
        const { language, confidence } = guess(sample.text(args.text_key));
        return { lang: language, lang_score: confidence };
      },
      keep: (stats) =>
        (languages.size === 0 || languages.has(stats["lang"] as string)) && isCertain(stats["lang_score"] as number),
    };
  },
});
