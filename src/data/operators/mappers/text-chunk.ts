/** Long texts as several rows. Data-Juicer: text_chunk_mapper. */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { loadTokenizer } from "../../../text/load-tokenizer.ts";
import { arg } from "../args.ts";
import { defineMapper } from "../operator.ts";
import { withField } from "../sample.ts";
import { patternOf } from "../text/python-regex.ts";
import { strip } from "../text/python-strings.ts";

/** A text as the units that lengths are counted in: code points, or tokens. */
interface Measure {
  readonly units: (text: string) => readonly (string | number)[];
  readonly join: (units: readonly (string | number)[]) => string;
}

const characters: Measure = { units: (text) => Array.from(text), join: (units) => units.join("") };

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
    const pattern = source === null ? undefined : patternOf(source, { where: `${where}.split_pattern` });
    const measure = folder === undefined ? characters : await tokens(tools.resolve(folder));
    const chunksOf = (text: string): readonly string[] => {
      if (longest === undefined) return splitAll(text, pattern as RegExp);
      return pattern === undefined
        ? byLength(text, { longest, overlap, measure })
        : byPattern(text, { longest, overlap, measure, pattern });
    };
    return (sample) => chunksOf(sample.text(text_key)).map((chunk) => withField(sample.row, text_key, chunk));
  },
});

async function tokens(folder: string): Promise<Measure> {
  const tokenizer = await loadTokenizer(folder);
  return { units: (text) => tokenizer.encode(text), join: (units) => tokenizer.decode(units as number[]) };
}

const splitAll = (text: string, pattern: RegExp): readonly string[] =>
  text.split(pattern).filter((part) => part !== undefined && strip(part) !== "");

interface Limits {
  readonly longest: number;
  readonly overlap: number;
  readonly measure: Measure;
}

function byLength(text: string, { longest, overlap, measure }: Limits): readonly string[] {
  const units = measure.units(text);
  if (units.length <= longest) return [text];
  const chunks: string[] = [];
  for (let start = 0; start < units.length; start += longest - overlap) {
    chunks.push(measure.join(units.slice(start, start + longest)));
  }
  return chunks;
}

function byPattern(
  text: string,
  { longest, overlap, measure, pattern }: Limits & { readonly pattern: RegExp },
): readonly string[] {
  const chunks: string[] = [];
  let rest = text;
  for (;;) {
    const units = measure.units(rest);
    if (units.length <= longest) return [...chunks, rest];
    const head = measure.join(units.slice(0, longest));
    const last = [...head.matchAll(pattern)].at(-1);
    const chunk = last === undefined ? head : head.slice(0, last.index);
    if (strip(chunk) !== "") chunks.push(chunk);
    const next =
      last === undefined ? measure.join(units.slice(longest - overlap)) : rest.slice(last.index + last[0].length);
    // A pattern that finds nothing at the very start would cut for ever.
    rest = next.length < rest.length ? next : measure.join(units.slice(longest - overlap));
  }
}
