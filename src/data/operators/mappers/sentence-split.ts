/**
 * One sentence on each line. Data-Juicer: sentence_split_mapper, by a model of NLTK that it downloads. Here the rules
 * of Unicode cut, and what they cut behind an abbreviation or an initial is joined again.
 */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { arg } from "../args.ts";
import { defineTextMapper } from "../operator.ts";

/** Abbreviations that are followed by more of the sentence, without their dot. */
const abbreviations: Readonly<Record<string, string>> = {
  en: "Mr Mrs Ms Dr Prof Rev Gen Sen Rep Gov Capt Lt Col Sgt St Jr Sr vs etc e.g i.e cf al Fig No Vol pp ed Inc Ltd Co Corp approx dept est min max",
  de: "Dr Prof Hr Fr z.B d.h u.a bzw ca Nr S vgl usw evtl ggf Abb Bd Str St Mio Mrd",
  fr: "M MM Mme Mlle Dr Pr p.ex etc cf av ap St Ste n vol",
  es: "Sr Sra Srta Dr Dra Ud Uds p.ej etc núm pág",
  it: "Sig Sig.ra Dott Dr Prof ecc pag n vol art",
  pt: "Sr Sra Dr Dra Prof etc pág n vol",
  nl: "dhr mevr dr prof bijv enz o.a d.w.z nr blz",
};

/** Characters of a sentence that are looked at for an abbreviation at its end. */
const TAIL = 100;

const closing = String.raw`["'”’»)\]]*\s*$`;

export const sentenceSplitMapper = defineTextMapper({
  name: "sentence_split_mapper",
  summary: "Puts each sentence on a line of its own.",
  args: { lang: arg(z.string().min(2).default("en"), "Language of the texts.") },
  cost: 20,
  differs:
    "Sentences are those of Unicode's rules, with abbreviations of seven languages, not of a downloaded NLTK model.",
  create: ({ lang }) => {
    const segmenter = segmenterOf(lang);
    const known = (abbreviations[lang] ?? "").split(" ").filter((word) => word !== "");
    const escaped = known.map((word) => word.replaceAll(".", String.raw`\.`)).join("|");
    const cutShort = new RegExp(
      String.raw`(?:^|[\s("'“‘«\[])(?:${escaped === "" ? "" : `${escaped}|`}\p{Lu})\.${closing}`,
      "u",
    );
    const split = (line: string): readonly string[] => {
      const sentences: string[] = [];
      let begun = "";
      for (const { segment } of segmenter.segment(line)) {
        begun += segment;
        if (cutShort.test(begun.slice(-TAIL))) continue;
        sentences.push(begun);
        begun = "";
      }
      return begun === "" ? sentences : [...sentences, begun];
    };
    return (text) =>
      text
        // A line end always ends a sentence, and short texts are cut in less time than long ones.
        .split("\n")
        .flatMap(split)
        .map((sentence) => sentence.trim())
        .filter((sentence) => sentence !== "")
        .join("\n");
  },
});

/** @throws E_DATA_OPERATOR */
function segmenterOf(lang: string): Intl.Segmenter {
  try {
    return new Intl.Segmenter(lang, { granularity: "sentence" });
  } catch (cause) {
    return fail("E_DATA_OPERATOR", {
      where: "sentence_split_mapper.lang",
      what: `${JSON.stringify(lang)} is no language.`,
      fix: "Name it as en, de or zh.",
      cause,
    });
  }
}
