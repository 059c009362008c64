/** Comments with a copyright at the head of code. Data-Juicer: clean_copyright_mapper. */
import { defineTextMapper } from "../operator.ts";

/** Lines that begin a comment in one language or another, or are empty. */
const headLine = /^(?:\/\/|#|--|$)/;

export const cleanCopyrightMapper = defineTextMapper({
  name: "clean_copyright_mapper",
  summary: "Removes the first block comment if it speaks of copyright, or else the comment lines at the head.",
  args: {},
  create: () => (text) => {
    const start = text.indexOf("/*");
    const end = start < 0 ? -1 : text.indexOf("*/", start + 2);
    if (end >= 0) {
      const comment = text.slice(start, end + 2);
      return /copyright/i.test(comment) ? text.slice(0, start) + text.slice(end + 2) : text;
    }
    const lines = text.split("\n");
    const first = lines.findIndex((line) => !headLine.test(line));
    return lines.slice(first < 0 ? lines.length : first).join("\n");
  },
});
