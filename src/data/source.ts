/**
 * What `--dataset` may name: a file, a folder or a glob, each with `#N` to take N rows. Rows are streamed.
 * N rows are drawn without replacement; beyond the size whole copies are taken, then a random remainder (ms-swift).
 */
import { readdir, stat } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { fail } from "../base/errors.ts";
import { permutation } from "../base/random.ts";
import { rowReaderOf, rowSuffixes, type RawRow } from "../formats/row-readers.ts";

export interface DatasetSpec {
  readonly path: string;
  /** How many rows to take; all when undefined. */
  readonly take: number | undefined;
}

/** Splits "train.jsonl#500". A name that exists with its # in it must be given by a glob. */
export function parseDatasetSpec(text: string): DatasetSpec {
  const match = /^(.*)#(\d+)$/.exec(text);
  if (match === null) return { path: text, take: undefined };
  const take = Number(match[2]);
  if (!Number.isSafeInteger(take) || take < 1)
    fail("E_DATA_FILE", { where: text, what: `#${match[2]} is no number of rows.` });
  return { path: match[1] as string, take };
}

/** The files a spec names, in order of name. @throws E_DATA_FILE */
export async function filesOf(path: string): Promise<readonly string[]> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile()) {
    if (rowReaderOf(path) === undefined) {
      fail("E_DATA_FILE", { where: path, what: `the suffix is none of ${rowSuffixes.join(", ")}.` });
    }
    return [path];
  }
  const glob = /[*?[{]/.test(path);
  if (stats === undefined && !glob)
    return fail("E_DATA_FILE", { where: path, what: "there is no such file or folder." });
  const root = glob ? rootOfGlob(path) : path;
  const pattern = globPattern(relative(root, path));
  const found = (await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => rowReaderOf(file) !== undefined && !basename(file).startsWith("."))
    .filter((file) => !glob || pattern.test(relative(root, file)))
    .sort();
  return found.length > 0 ? found : fail("E_DATA_FILE", { where: path, what: "no readable data file is there." });
}

function rootOfGlob(path: string): string {
  const parts = path.split(sep);
  const fixed = parts.slice(
    0,
    parts.findIndex((part) => /[*?[{]/.test(part)),
  );
  return fixed.length === 0 ? "." : fixed.join(sep) || sep;
}

/** `*` and `?` stay inside a folder, `**` crosses folders, `{a,b}` and `[ab]` choose. */
function globPattern(glob: string): RegExp {
  const source = glob.replaceAll(/\*\*\/?|\*|\?|\{[^{}]*\}|\[[^\]]*\]|[^*?{[]/g, (token) => {
    if (token.startsWith("**")) return token.endsWith("/") ? "(?:.*/)?" : ".*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    if (token.startsWith("{")) return `(?:${token.slice(1, -1).split(",").map(literal).join("|")})`;
    return token.startsWith("[") && token.length > 1 ? token : literal(token);
  });
  return new RegExp(`^${source}$`);
}

const literal = (text: string): string => text.replaceAll(/[.+^$()|\\[\]{}*?]/g, String.raw`\$&`);

export interface SourceRow extends RawRow {
  readonly file: string;
}

/** All rows of a path, streamed. @throws E_DATA_FILE */
export async function* readSource(path: string): AsyncGenerator<SourceRow> {
  for (const file of await filesOf(path)) {
    const reader = rowReaderOf(file);
    if (reader === undefined) continue;
    for await (const row of reader(file)) yield { ...row, file };
  }
}

/** Which of `size` rows `#take` means, by index. */
export function takeRows(size: number, take: number | undefined, seed: number, name: string): readonly number[] {
  if (take === undefined || size === 0) return Array.from({ length: size }, (_, i) => i);
  const whole = Array.from({ length: Math.floor(take / size) * size }, (_, i) => i % size);
  const rest = permutation(size, seed, "take", name).subarray(0, take % size);
  return [...whole, ...rest];
}
