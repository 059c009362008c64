/**
 * A YAML or JSON file of arguments, with the line and column of every value. JSON is read as the YAML it is.
 * Limits: 1 MiB, 2000 keys at the top, 100 expanded aliases; the file must be one map.
 */
import { LineCounter, parseDocument, isMap, isNode, isScalar, visit, type Document, type Node, type Pair } from "yaml";
import { fail } from "../base/errors.ts";
import type { Entry, Source } from "./entries.ts";

export const mostConfigBytes = 2 ** 20;

/** Each key that is not known is compared with all that are. */
const mostKeys = 2000;

/** Reads the text of a config file. `file` is how the file is called in messages. Throws E_RECIPE_FILE. */
export function configSource(text: string, file: string): Source {
  if (text.length > mostConfigBytes) {
    fail("E_RECIPE_FILE", {
      where: file,
      what: `The file has ${text.length} characters; at most ${mostConfigBytes} are read.`,
    });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const place = (offset: number | undefined): string => {
    if (offset === undefined) return file;
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const [broken] = document.errors;
  if (broken !== undefined) fail("E_RECIPE_FILE", { where: place(broken.pos[0]), what: sentence(broken.message) });
  const twice = repeatedKey(document);
  if (twice !== undefined) {
    const what = `Map keys must be unique; ${JSON.stringify(twice.value)} comes twice.`;
    fail("E_RECIPE_FILE", { where: place(twice.offset), what });
  }
  const { contents } = document;
  if (contents === null) return { entries: [] };
  if (!isMap(contents)) {
    fail("E_RECIPE_FILE", {
      where: place((contents as Node).range?.[0]),
      what: "The file is not a map of keys to values.",
    });
  }
  if (contents.items.length > mostKeys) {
    fail("E_RECIPE_FILE", {
      where: file,
      what: `The file has ${contents.items.length} keys; at most ${mostKeys} are read.`,
    });
  }

  const values = toPlain(() => document.toJS({ maxAliasCount: 100 }) as Readonly<Record<string, unknown>>, file);
  const entries: Entry[] = [];
  for (const pair of contents.items as Pair<Node, Node | null>[]) {
    const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
    const value = values[key];
    // A key without a value is as if it were not there (YAML null), as in ms-swift.
    if (value === undefined || value === null) continue;
    entries.push({
      key,
      value,
      where: (path) => {
        const inner = path === undefined ? pair.key : document.getIn([key, ...path], true);
        const node = isNode(inner) ? inner : pair.value;
        return place(node?.range?.[0] ?? pair.key.range?.[0]);
      },
    });
  }
  return { entries, fromFile: true };
}

/** The package compares each key of a map with all others, which takes the square of their number. */
function repeatedKey(document: Document): { readonly value: unknown; readonly offset: number | undefined } | undefined {
  let found: { readonly value: unknown; readonly offset: number | undefined } | undefined;
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          found = { value: key.value, offset: key.range?.[0] };
          return visit.BREAK;
        }
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}

function toPlain<Value>(convert: () => Value, file: string): Value {
  try {
    return convert();
  } catch (cause) {
    return fail("E_RECIPE_FILE", { where: file, what: sentence(String((cause as Error).message)), cause });
  }
}

const sentence = (text: string): string => (/[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);
