/** Single characters. Data-Juicer: remove_specific_chars_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineTextMapper } from "../operator.ts";

export const removeSpecificCharsMapper = defineTextMapper({
  name: "remove_specific_chars_mapper",
  summary: "Removes given characters.",
  args: {
    chars_to_remove: arg(
      z.union([z.string(), z.array(z.string())]).default("◆●■►▼▲▴∆▻▷❖♡□"),
      "The characters, as one text or a list.",
    ),
  },
  create: ({ chars_to_remove: given }) => {
    const unwanted = new Set(typeof given === "string" ? [...given] : given.flatMap((text) => [...text]));
    return (text) => {
      if (unwanted.size === 0) return text;
      let kept = "";
      for (const character of text) if (!unwanted.has(character)) kept += character;
      return kept;
    };
  },
});
