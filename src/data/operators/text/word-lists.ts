/** Lists of words by language: those that come with the package, or a folder of JSON files as Data-Juicer has them. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { suggest } from "../../../base/suggest.ts";
import { readRegularTextSync } from "../../../formats/read-file.ts";

const listSchema = z.record(z.string(), z.array(z.string()));

const shipped = fileURLToPath(new URL("../../../../assets/data/words", import.meta.url));

export interface WordListRequest {
  /** Part of the files' names. */
  readonly kind: "stopwords" | "flagged_words";
  /** Folder of lists; the package's own when undefined. */
  readonly folder: string | undefined;
  /** ISO 639-1, or "all" for the words of all languages. */
  readonly lang: string;
}

/** Words of one language. Files of one language in one folder are joined. @throws E_DATA_OPERATOR */
export function loadWordList({ kind, folder = shipped, lang }: WordListRequest): ReadonlySet<string> {
  const lists = new Map<string, Set<string>>();
  for (const name of namesIn(folder)) {
    if (!name.endsWith(".json") || !name.includes(kind)) continue;
    for (const [language, words] of Object.entries(readList(join(folder, name)))) {
      const list = lists.get(language) ?? new Set();
      for (const word of words) list.add(word);
      lists.set(language, list);
    }
  }
  if (lists.size === 0) {
    fail("E_DATA_OPERATOR", {
      where: folder,
      what: `there is no list of ${kind}.`,
      fix: `Put a file ${kind}.json there: {"en": ["word", ...]}.`,
    });
  }
  const found = lists.get(lang);
  if (found !== undefined) return found;
  if (lang === "all") return new Set([...lists.values()].flatMap((list) => [...list]));
  const near = suggest(lang, lists.keys());
  return fail("E_DATA_OPERATOR", {
    where: "lang",
    what: `there are no ${kind} of the language ${JSON.stringify(lang)}, only of ${[...lists.keys()].join(", ")}.`,
    fix: near === undefined ? "Name one of these, or give a folder of lists." : `Did you mean ${near}?`,
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (cause) {
    return fail("E_DATA_OPERATOR", { where: folder, what: "the folder of word lists cannot be read.", cause });
  }
}

function readList(path: string): Readonly<Record<string, readonly string[]>> {
  const text = readRegularTextSync(path, { code: "E_DATA_OPERATOR" });
  try {
    return listSchema.parse(JSON.parse(text));
  } catch (cause) {
    return fail("E_DATA_OPERATOR", {
      where: path,
      what: "the file is no list of words by language.",
      fix: 'Write {"en": ["word", ...]}.',
      cause,
    });
  }
}
