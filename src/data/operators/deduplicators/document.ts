/** Equal texts. Data-Juicer: document_deduplicator. */
import { createHash } from "node:crypto";
import * as z from "zod";
import { arg } from "../args.ts";
import { defineDeduplicator } from "../operator.ts";
import { strip } from "../text/python-strings.ts";
import { firstsOfEqualKeys } from "./equal-keys.ts";

const textHashArgs = {
  lowercase: arg(z.boolean().default(false), "Whether texts are compared in lower case."),
  ignore_non_character: arg(
    z.boolean().default(false),
    "Whether blanks, digits and the punctuation of ASCII are left out before texts are compared.",
  ),
} as const;

interface TextHashOptions {
  readonly lowercase: boolean;
  readonly ignore_non_character: boolean;
}

/** Blanks of Unicode (without U+FEFF, which `\s` has), decimal digits, and the punctuation of ASCII. */
const nonCharacters = /[\p{White_Space}\p{Nd}!-/:-@[-`{-~]+/gu;

/** MD5 of what is left of a text; 16 bytes. */
export function hashText(text: string, options: TextHashOptions): Uint8Array {
  const lower = options.lowercase ? text.toLowerCase() : text;
  const rest = options.ignore_non_character ? lower.replaceAll(nonCharacters, "") : lower;
  return createHash("md5").update(strip(rest)).digest();
}

export const documentDeduplicator = defineDeduplicator({
  name: "document_deduplicator",
  summary: "Keeps the first of rows with the same text.",
  args: textHashArgs,
  create: (args) => ({
    keyBytes: 16,
    bands: { count: 1, width: 16 },
    key: (sample) => hashText(sample.text(args.text_key), args),
    originals: (keys) => firstsOfEqualKeys(keys, 16),
  }),
});
