/**
 * Whether a text looks like mojibake: whether it has a sequence of characters that hardly any language has but that is
 * common where UTF-8 was read as something else. The sequences are those of ftfy 6.3 (Apache 2.0; ftfy/badness.py).
 */
import { pythonBlank } from "./python-strings.ts";
import { kinds } from "./mojibake-data.ts";

const { common, c1, bad, law, currency, start, end, numeric, kaomoji } = kinds;
const { upperAccented: upper, lowerAccented: lower, upperCommon, lowerCommon, box } = kinds;

/** One character of any of some kinds. */
const of = (...parts: readonly string[]): string => `[${parts.join("")}]`;

const telling = [lower, upper, box, start, end, currency, numeric, law].join("");
const betweenCyrillic = of(c1, bad, start, end, currency, "°µ");
const betweenGreek = of(c1, bad, start, end, currency, "°");
const afterArabicLead = of(common, currency, bad, numeric, start, "ŸŠ®°µ»");

const sequences: readonly string[] = [
  of(c1),
  // Kinds that do not meet.
  of(bad, telling) + of(bad),
  `[a-zA-Z]${of(lowerCommon, upperCommon)}${of(bad)}`,
  of(bad) + of(telling),
  of(lower, lowerCommon, box, end, currency, numeric) + of(upper),
  of(box, end, currency, numeric) + of(lower),
  of(lower, box, end) + of(currency),
  `[${pythonBlank}]${of(upper)}${of(currency)}`,
  of(upper, box) + of(numeric, law),
  of(lower, upper, box, currency, end) + of(start) + of(numeric),
  of(lower, upper, currency, numeric, box, law) + of(end) + of(start),
  of(currency, numeric, box) + of(start),
  `[a-z]${of(upper)}${of(start, currency)}`,
  of(box) + of(kaomoji),
  of(lower, upper, currency, numeric, start, end, law) + of(box),
  of(box) + of(end),
  `${of(lower, upper)}${of(start, end)}[\\p{L}\\p{N}_]`,
  // Letters that real words put elsewhere.
  "[Œœ][^A-Za-z]",
  `${of(upper)}°`,
  // Windows-1252.
  `[ÂÃÎÐ]${of("€œŠš¢£Ÿž\u00A0\u00AD®©°·»", start, end, "–—´")}`,
  "×[²³]",
  `[ØÙ]${afterArabicLead}[ØÙ]${afterArabicLead}`,
  "à[²µ¹¼½¾]",
  // MacRoman.
  "√[±∂†≠®™´≤≥¥µø]",
  "≈[°¢]",
  "‚Ä[ìîïòôúùû†°¢π]",
  "‚[âó][àä°ê]",
  // Windows-1251.
  "вЂ",
  `[ВГРС]${betweenCyrillic}[ВГРС]`,
  "ГўВЂВ[^\\n][A-Za-z ]",
  // Windows-1252 again, where it became blanks.
  "Ã[\u00A0¡]",
  `[a-z][${pythonBlank}]?[ÃÂ] `,
  "^[ÃÂ] ",
  `[a-z.,?!${end}]Â[ ${start}${end}]`,
  // Windows-1253.
  "β€[™\u00A0Ά\u00AD®°]",
  `[ΒΓΞΟ]${betweenGreek}[ΒΓΞΟ]`,
  // Windows-1257.
  "ā€",
];

const pattern = new RegExp(sequences.join("|"), "u");

export const isBad = (text: string): boolean => pattern.test(text);
