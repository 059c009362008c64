/** Broken Unicode. Data-Juicer: fix_unicode_mapper, by ftfy; here by our own `fix-text.ts`, which follows it. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineTextMapper } from "../operator.ts";
import { fixText, type NormalForm } from "../text/fix-text.ts";

const forms = ["NFC", "NFKC", "NFD", "NFKD"] as const satisfies readonly NormalForm[];

const isForm = (form: string): form is NormalForm => (forms as readonly string[]).includes(form);

export const fixUnicodeMapper = defineTextMapper({
  name: "fix_unicode_mapper",
  summary: "Mends broken Unicode: text read in the wrong encoding, entities, ligatures, odd widths and controls.",
  args: {
    normalization: arg(
      z
        .string()
        .nullable()
        .optional()
        .transform((form) => (form ?? "").toUpperCase() || "NFC")
        .refine(isForm, `wants one of ${forms.join(", ")}`),
      "Normal form of the result: NFC (which is taken when absent), NFKC, NFD or NFKD.",
    ),
  },
  cost: 10,
  create:
    ({ normalization }) =>
    (text) =>
      fixText(text, normalization as NormalForm),
});
