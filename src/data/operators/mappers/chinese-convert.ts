/** Chinese scripts into one another. Data-Juicer: chinese_convert_mapper, by OpenCC; here by opencc-js. */
import * as z from "zod";
import { arg } from "../args.ts";
import { defineTextMapper } from "../operator.ts";

/** From and to, in the words of opencc-js: t is OpenCC's own standard, twp the words of Taiwan too. */
const modes = {
  s2t: ["cn", "t"],
  t2s: ["t", "cn"],
  s2tw: ["cn", "tw"],
  tw2s: ["tw", "cn"],
  s2hk: ["cn", "hk"],
  hk2s: ["hk", "cn"],
  s2twp: ["cn", "twp"],
  tw2sp: ["twp", "cn"],
  t2tw: ["t", "tw"],
  tw2t: ["tw", "t"],
  hk2t: ["hk", "t"],
  t2hk: ["t", "hk"],
  t2jp: ["t", "jp"],
  jp2t: ["jp", "t"],
} as const;

type Mode = keyof typeof modes;

export const chineseConvertMapper = defineTextMapper({
  name: "chinese_convert_mapper",
  summary: "Converts Chinese between simplified, traditional, regional and Japanese characters.",
  args: {
    mode: arg(z.enum(Object.keys(modes) as [Mode, ...Mode[]]).default("s2t"), "From what to what, in OpenCC's words."),
  },
  cost: 20,
  create: async ({ mode }) => {
    // Its dictionaries are large: they are loaded when they are needed.
    const { Converter } = await import("opencc-js");
    const [from, to] = modes[mode];
    return Converter({ from, to });
  },
});
