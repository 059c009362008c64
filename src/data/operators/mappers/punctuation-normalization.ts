/** Punctuation of other scripts. Data-Juicer: punctuation_normalization_mapper. */
import { defineTextMapper } from "../operator.ts";

/** Each character and what stands for it; "１" for a quotation mark is as the reference has it. */
const replacements: ReadonlyMap<string, string> = new Map([
  ...pairs("，,。.、,∶:：:？?！!（(）)；;–-～~’'´'━-〈<〉>【[】]％%►-"),
  ...[..."„”“«»１」「《》"].map((quote) => [quote, '"'] as const),
  ["—", " - "],
  ["．", ". "],
  ["…", "..."],
]);

function pairs(text: string): readonly (readonly [string, string])[] {
  const characters = [...text];
  return characters.flatMap((from, i) => (i % 2 === 0 ? [[from, characters[i + 1] as string] as const] : []));
}

const found = new RegExp(`[${[...replacements.keys()].join("")}]`, "gu");

export const punctuationNormalizationMapper = defineTextMapper({
  name: "punctuation_normalization_mapper",
  summary: "Turns punctuation of Unicode into that of English.",
  args: {},
  create: () => (text) => text.replaceAll(found, (character) => replacements.get(character) ?? character),
});
