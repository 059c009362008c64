/**
 * ARPA files of n-gram language models (Doug Paul's format, as SRILM, KenLM and others write it): a header with the
 * number of n-grams of each order, then for each order lines of a logarithm to base 10, the words, and unless the order
 * is the highest the logarithm of the backoff weight. Read as a stream, also packed (.gz, .zst); written whole or not at all.
 */
import { gzipSync } from "node:zlib";
import { fail } from "../base/errors.ts";
import { writeFileAtomicBy } from "./atomic.ts";
import { readLines } from "./row-reader.ts";

export interface ArpaVisitor {
  /** Numbers of n-grams by order, from 1. */
  readonly start: (counts: readonly number[]) => void;
  /** @throws whatever; the line is not added to it */
  readonly entry: (words: readonly string[], logProbability: number, logBackoff: number, line: number) => void;
}

const HIGHEST_ORDER = 12;
const MOST_ENTRIES = 2 ** 29;
/** Words are bounded elsewhere; this keeps a file without line ends out of the memory. */
const LONGEST_LINE = 1 << 20;

/** @throws E_DATA_NGRAM with the line, E_DATA_FILE */
export async function readArpa(path: string, visitor: ArpaVisitor): Promise<void> {
  const counts: number[] = [];
  /** Of the section being read: 0 before the header, -1 in it, -2 behind the end. */
  let order = 0;
  let seen = 0;
  let last = 0;
  const refuse = (line: number, what: string): never =>
    fail("E_DATA_NGRAM", { where: `${path}:${line}`, what, fix: "Take the ARPA file anew, or write it anew." });
  const close = (line: number): void => {
    if (order > 0 && seen !== counts[order - 1]) {
      refuse(line, `the header says ${counts[order - 1]} ${order}-grams, the file has ${seen}.`);
    }
  };
  for await (const { line, text, error } of readLines(path, { maxLineBytes: LONGEST_LINE })) {
    last = line;
    if (text === undefined) return refuse(line, `${error ?? "the line cannot be read"}.`);
    // Not more than that: other blanks may be words.
    const trimmed = text.replaceAll(/^[ \t]+|[ \t\r]+$/g, "");
    if (trimmed === "" || order === -2) continue;
    if (order === 0) {
      // Some writers put remarks first.
      if (trimmed === "\\data\\") order = -1;
      continue;
    }
    if (trimmed.startsWith("\\")) {
      const section = /^\\(\d+)-grams:$/.exec(trimmed);
      if (section === null && trimmed !== "\\end\\") {
        if (order > 0) refuse(line, `${JSON.stringify(trimmed.slice(0, 40))} is no section.`);
        refuse(line, `expected "ngram 1=..." or "\\1-grams:".`);
      }
      close(line);
      if (section === null) {
        if (order !== counts.length) refuse(line, `the file ends before its ${counts.length}-grams.`);
        order = -2;
        continue;
      }
      if (order === -1) {
        if (counts.length === 0) refuse(line, "the header has no numbers of n-grams.");
        visitor.start(counts);
      }
      const next = order === -1 ? 1 : order + 1;
      if (Number(section[1]) !== next || next > counts.length) refuse(line, `expected the ${next}-grams.`);
      [order, seen] = [next, 0];
    } else if (order === -1) {
      const [, number = "", count = ""] = /^ngram\s+(\d+)\s*=\s*(\d+)$/.exec(trimmed) ?? [];
      if (Number(number) !== counts.length + 1) refuse(line, `expected "ngram ${counts.length + 1}=...".`);
      if (counts.length === HIGHEST_ORDER) refuse(line, `orders above ${HIGHEST_ORDER} are not read.`);
      if (Number(count) > MOST_ENTRIES) refuse(line, `more than ${MOST_ENTRIES} n-grams of one order are not read.`);
      counts.push(Number(count));
    } else {
      const parts = trimmed.split(/[ \t]+/);
      const hasBackoff = parts.length === order + 2;
      if (!hasBackoff && parts.length !== order + 1) {
        refuse(line, `expected a number, ${order} words and a backoff; there are ${parts.length} parts.`);
      }
      const logProbability = readNumber(parts[0] as string);
      const logBackoff = hasBackoff ? readNumber(parts[order + 1] as string) : 0;
      if (!(logProbability <= 0)) refuse(line, `${parts[0]} is no logarithm of a probability.`);
      if (Number.isNaN(logBackoff)) refuse(line, `${parts[order + 1]} is no number.`);
      if (++seen > (counts[order - 1] as number)) refuse(line, `there are more ${order}-grams than the header says.`);
      visitor.entry(parts.slice(1, order + 1), logProbability, logBackoff, line);
    }
  }
  if (order !== -2) refuse(last, order === 0 ? "this is no ARPA file: \\data\\ is missing." : "\\end\\ is missing.");
}

const readNumber = (text: string): number =>
  /^[-+]?(?:\d|\.\d|inf)/i.test(text) ? Number(text.replace(/inf$/i, "Infinity")) : Number.NaN;

export interface ArpaEntry {
  readonly words: string;
  readonly logProbability: number;
  /** Absent for the highest order. */
  readonly logBackoff?: number;
}

const CHUNK = 1 << 20;

/** Packed with gzip when the path ends with .gz. @throws E_DISK_FULL, E_FILE_WRITE */
export async function writeArpa(
  path: string,
  orders: readonly { readonly count: number; readonly entries: Iterable<ArpaEntry> }[],
): Promise<void> {
  await writeFileAtomicBy(path, async (file) => {
    let pending = "";
    const flush = async (): Promise<void> => {
      const bytes = Buffer.from(pending);
      pending = "";
      // Members of gzip one after the other are one file.
      await file.writeFile(path.endsWith(".gz") ? gzipSync(bytes) : bytes);
    };
    pending += `\\data\\\n${orders.map(({ count }, i) => `ngram ${i + 1}=${count}\n`).join("")}`;
    for (const [i, { entries }] of orders.entries()) {
      pending += `\n\\${i + 1}-grams:\n`;
      for (const { words, logProbability, logBackoff } of entries) {
        pending += `${short(logProbability)}\t${words}${logBackoff === undefined ? "" : `\t${short(logBackoff)}`}\n`;
        if (pending.length >= CHUNK) await flush();
      }
    }
    pending += "\n\\end\\\n";
    await flush();
  });
}

/** Eight digits: more than the 32 bits have in which such numbers are kept. */
const short = (value: number): string => String(Number(value.toPrecision(8)));
