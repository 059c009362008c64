/** Lists as models write them. Data-Juicer: split_text_by_punctuation. */
import { strip } from "../text/python-strings.ts";

const punctuation = /[\u3000-\u303f\uff00-\uffef]|[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/u;

/** Parts between marks of punctuation, Chinese or ASCII; the text itself when there is none. */
export function splitByPunctuation(text: string): readonly string[] {
  const parts = text
    .split(punctuation)
    .map(strip)
    .filter((part) => part !== "");
  return parts.length === 0 ? [text] : parts;
}

/** What the prompts ask for when there is nothing to be found: an answer too, unlike one that cannot be read. */
export const saysNone = (answer: string): boolean => /^[\s"'`*#-]*none[\s"'`*.-]*$/i.test(answer);
