/**
 * Text files that are one document each, as Data-Juicer's TextFormatter reads them: {"text": the whole file}, line ends
 * as \n. Its suffixes, but for .pdf and .docx, out of which text would have to be taken first.
 */
import { rowReaderOf } from "./row-readers.ts";
import { LINE_LIMIT, megabytes, packingOf, readTextBytes, type RowReader } from "./row-reader.ts";

const suffixes: ReadonlySet<string> = new Set(
  (
    ".txt .md .markdown .tex .rst .asm .bat .cmd .c .h .cs .cpp .hpp .c++ .h++ .cc .hh .cmake .css .dockerfile " +
    ".f90 .f .f03 .f08 .f77 .f95 .for .fpp .go .hs .html .java .js .jl .lua .php .php3 .php4 .php5 .phps .phpt " +
    ".pl .pm .pod .perl .ps1 .psd1 .psm1 .py .rb .rs .sql .scala .sh .bash .command .zsh .ts .tsx .vb .xml .m .smali"
  ).split(" "),
);

/** Whether a file is a document by its name. A packed one is: `.md.gz`. */
export function isDocument(path: string): boolean {
  const packing = packingOf(path);
  const name = path.toLowerCase().slice(0, path.length - (packing?.length ?? 0));
  return suffixes.has(name.slice(name.lastIndexOf(".")));
}

/** What the data engine reads a file with: a text file is one document; training reads its lines. */
export const engineReaderOf = (path: string): RowReader | undefined =>
  isDocument(path) ? readDocument : rowReaderOf(path);

/** The one row of a document, or its fault. @throws E_DATA_FILE */
export const readDocument: RowReader = async function* (path, options = {}) {
  const { maxLineBytes = LINE_LIMIT } = options;
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readTextBytes(path, options)) {
    size += chunk.length;
    if (size > maxLineBytes) {
      yield { line: 1, error: `the document is too long: over ${megabytes(maxLineBytes)}` };
      return;
    }
    parts.push(chunk);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(parts, size));
  } catch {
    yield { line: 1, error: "the document is not UTF-8" };
    return;
  }
  yield { line: 1, value: { text: text.replaceAll(/\r\n?/g, "\n") } };
};
