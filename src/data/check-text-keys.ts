/**
 * Columns that `text_keys` names must be in the data, as Data-Juicer demands (format/formatter.py, unify_format): without
 * this, conversations would be worked on in place of a column that is misspelt.
 */
import { fail, isTunesmithError } from "../base/errors.ts";
import { suggest } from "../base/suggest.ts";
import { engineReaderOf } from "../formats/documents.ts";
import { fieldOf } from "./operators/sample.ts";
import { isObject } from "./shapes/shape.ts";

/** The default, which conversations need not have. */
const TEXT = "text";
const COLUMNS = 1000;

/** Reads rows until every key was seen, all of them at most. @throws E_DATA_COLUMNS */
export async function checkTextKeys(files: readonly string[], keys: string | readonly string[]): Promise<void> {
  const missing = new Set(typeof keys === "string" ? [keys] : keys);
  missing.delete(TEXT);
  const columns = new Set<string>();
  for (const file of files) {
    if (missing.size === 0) return;
    try {
      for await (const { value } of engineReaderOf(file)?.(file) ?? []) {
        if (!isObject(value)) continue;
        for (const key of missing) if (fieldOf(value, key) !== undefined) missing.delete(key);
        if (missing.size === 0) return;
        if (columns.size < COLUMNS) for (const name of Object.keys(value)) columns.add(name);
      }
    } catch (error) {
      // The engine goes on behind a file that breaks off, and tells of it.
      if (!isTunesmithError(error, "E_DATA_FILE")) throw error;
    }
  }
  const [key] = missing;
  // Without any row there is another mistake to tell.
  if (key === undefined || columns.size === 0) return;
  const near = suggest(key, columns);
  fail("E_DATA_COLUMNS", {
    where: "text_keys",
    what: `no row has a column ${JSON.stringify(key)}; there are ${[...columns].slice(0, 20).join(", ")}.`,
    fix: near === undefined ? "Name a column of the data." : `Did you mean ${JSON.stringify(near)}?`,
  });
}
