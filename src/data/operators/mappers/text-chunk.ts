/** Long texts as several rows. Data-Juicer: text_chunk_mapper. */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { arg } from "../args.ts";
import { defineMapper } from "../operator.ts";
import { withField } from "../sample.ts";
import { inPatternTime, type InPatternTime } from "../text/pattern-in-time.ts";
import { patternOf } from "../text/python-regex.ts";
import { splitAt } from "../text/python-split.ts";
import { strip } from "../text/python-strings.ts";

/** How a text is measured and cut. */
interface Cut {
  /** Head of the first `longest` units, and the text from unit `next` on; undefined for a text no longer than that. */
  readonly at: (
    text: string,
    longest: number,
    next: number,
  ) => { readonly head: string; readonly tail: string } | undefined;
  /** All chunks of `longest` units, each beginning `step` units behind the one before. */
  readonly every: (text: string, longest: number, step: number) => readonly string[];
}

export const textChunkMapper = defineMapper({
  name: "text_chunk_mapper",
  summary: "Cuts a text into chunks, each a row: at a pattern, at a length, or at the last pattern within a length.",
  args: {
    max_len: arg(z.number().int().min(1).optional(), "Units of the longest chunk."),
    split_pattern: arg(
      z
        .string()
        .nullable()
        .default(String.raw`\n\n`),
      "Regular expression (Python) at which is cut.",
    ),
    overlap_len: arg(z.number().int().min(0).default(0), "Units that two chunks share when no pattern was found."),
    tokenizer: arg(z.string().min(1).optional(), "Folder of a tokenizer: counts tokens instead of characters."),
    trust_remote_code: arg(z.literal(false).default(false), "Code of tokenizers is never run."),
  },
  cost: 5,
  differs:
    "A tokenizer is a folder, not a name of a hub. Tokens that it would put at the ends are left out; in Data-Juicer " +
    "they stand in the texts and shift the cuts.",
  create: async (
    { max_len: longest, split_pattern: source, overlap_len: overlap, tokenizer: folder, text_key },
    tools,
  ) => {
    const where = "text_chunk_mapper";
    if (longest === undefined && source === null) {
      fail("E_DATA_OPERATOR", { where, what: "there is neither max_len nor split_pattern.", fix: "Give one of them." });
    }
    if (longest !== undefined && overlap >= longest) {
      fail("E_DATA_OPERATOR", {
        where: `${where}.overlap_len`,
        what: "overlap_len is not below max_len.",
        fix: "Lower it.",
      });
    }
    const pattern = source === null ? undefined : patternOf(source, { where: `${where}.split_pattern`, module: "re" });
    const bounded = inPatternTime(source ?? "", `${where}.split_pattern`);
    const cut = folder === undefined ? byCharacters : await byTokens(tools.resolve(folder));
    const chunksOf = (text: string): readonly string[] => {
      if (longest === undefined) return bounded(text, () => splitAll(text, pattern as RegExp));
      return pattern === undefined
        ? cut.at(text, longest, longest) === undefined
          ? [text]
          : cut.every(text, longest, longest - overlap)
        : byPattern(text, { longest, overlap, cut, pattern, bounded });
    };
    return (sample) => chunksOf(sample.text(text_key)).map((chunk) => withField(sample.row, text_key, chunk));
  },
});

/** Characters are code points: where the one lies that is `count` behind `from`, or the end. */
function placeOf(text: string, from: number, count: number): number {
  let at = from;
  for (let i = 0; i < count && at < text.length; i++) at += (text.codePointAt(at) as number) > 0xffff ? 2 : 1;
  return at;
}

const byCharacters: Cut = {
  at: (text, longest, next) => {
    const end = placeOf(text, 0, longest);
    return end === text.length ? undefined : { head: text.slice(0, end), tail: text.slice(placeOf(text, 0, next)) };
  },
  every: (text, longest, step) => {
    const chunks: string[] = [];
    for (let start = 0; start < text.length; start = placeOf(text, start, step)) {
      chunks.push(text.slice(start, placeOf(text, start, longest)));
    }
    return chunks;
  },
};

async function byTokens(folder: string): Promise<Cut> {
  const { loadTokenizer } = await import("../../../text/load-tokenizer.ts");
  const tokenizer = await loadTokenizer(folder);
  return {
    at: (text, longest, next) => {
      const ids = tokenizer.encode(text);
      if (ids.length <= longest) return undefined;
      return { head: tokenizer.decode(ids.slice(0, longest)), tail: tokenizer.decode(ids.slice(next)) };
    },
    every: (text, longest, step) => {
      const ids = tokenizer.encode(text);
      return Array.from({ length: Math.ceil(ids.length / step) }, (_, i) =>
        tokenizer.decode(ids.slice(i * step, i * step + longest)),
      );
    },
  };
}

const splitAll = (text: string, pattern: RegExp): readonly string[] =>
  splitAt(text, pattern).filter((part): part is string => part !== undefined && strip(part) !== "");

interface PatternCut {
  readonly longest: number;
  readonly overlap: number;
  readonly cut: Cut;
  readonly pattern: RegExp;
  readonly bounded: InPatternTime;
}

/** Cuts at the last match within the longest chunk, or at its end where there is none. */
function byPattern(text: string, { longest, overlap, cut, pattern, bounded }: PatternCut): readonly string[] {
  const chunks: string[] = [];
  for (let rest = text; ;) {
    const found = cut.at(rest, longest, longest - overlap);
    if (found === undefined) return [...chunks, rest];
    const { head, tail } = found;
    const last = bounded(head, () => [...head.matchAll(pattern)]).at(-1);
    // A pattern that finds nothing at the very start would cut for ever.
    const cuts = last !== undefined && last.index + last[0].length > 0;
    const chunk = cuts ? head.slice(0, last.index) : head;
    if (strip(chunk) !== "") chunks.push(chunk);
    rest = cuts ? rest.slice(last.index + last[0].length) : tail;
  }
}
