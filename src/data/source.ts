/**
 * What `--dataset` may name: a file, a folder or a glob, each with `#N` to take N rows. Rows are streamed.
 *
 * A folder is read as Hugging Face reads one: when file names speak of splits (train.jsonl, test.csv,
 * data/dev-00001.parquet), training reads those of the training split and evaluation those of the validation split,
 * or of the test split when there is none. Text files are read from a folder only when nothing else is there, so
 * that a README.txt or LICENSE.txt never becomes rows. Hidden files and descriptions of datasets are passed over.
 */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { fail } from "../base/errors.ts";
import { permutation } from "../base/random.ts";
import { suggest } from "../base/suggest.ts";
import { rowReaderOf, rowSuffixes, type RawRow } from "../formats/row-readers.ts";
import { globPattern, globRoot, isGlob } from "./glob.ts";

export type Split = "train" | "validation";

export interface DatasetSpec {
  readonly path: string;
  /** How many rows to take; all when undefined. */
  readonly take: number | undefined;
}

/** Splits "train.jsonl#500". A file whose own name ends so is that file. @throws E_DATA_FILE */
export async function parseDatasetSpec(text: string): Promise<DatasetSpec> {
  const match = /^(.*)#(\d+)$/.exec(text);
  if (match === null || (await exists(text))) return { path: text, take: undefined };
  const take = Number(match[2]);
  if (!Number.isSafeInteger(take) || take < 1) {
    fail("E_DATA_FILE", { where: text, what: `#${match[2]} is no number of rows.`, fix: "Write #1 or more." });
  }
  return { path: match[1] as string, take };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The files a spec names, in order of name. @throws E_DATA_FILE */
export async function filesOf(path: string, split: Split = "train"): Promise<readonly string[]> {
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile() === true) {
    if (rowReaderOf(path) === undefined) {
      fail("E_DATA_FILE", { where: path, what: `the suffix is none of ${rowSuffixes.join(", ")}.` });
    }
    return [path];
  }
  const slashed = path.replaceAll(sep, "/");
  if (stats === undefined && !isGlob(slashed)) return failMissing(path);
  const root = stats === undefined ? globRoot(slashed) : path;
  const pattern = stats === undefined ? globPattern(relative(root, path).replaceAll(sep, "/")) : undefined;
  const all = await readableFiles(root);
  const found =
    pattern === undefined ? ofSplit(all, root, split) : all.filter((file) => pattern.test(inside(root, file)));
  return found.length > 0 ? found : fail("E_DATA_FILE", { where: path, what: "no readable data file is there." });
}

async function failMissing(path: string): Promise<never> {
  const beside = await readdir(dirname(path)).catch(() => []);
  const near = suggest(basename(path), beside);
  return fail("E_DATA_FILE", {
    where: path,
    what: "there is no such file or folder.",
    ...(near === undefined ? {} : { fix: `Did you mean ${join(dirname(path), near)}?` }),
  });
}

const descriptions: ReadonlySet<string> = new Set([
  "dataset_info.json",
  "dataset_infos.json",
  "dataset_dict.json",
  "dataset_infos.json_bak",
  "state.json",
  "package.json",
]);

/** Files under a folder that a reader knows, by name. Links to files count, as caches of downloads are made of them. */
async function readableFiles(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((cause: Error) =>
    fail("E_DATA_FILE", { where: root, what: `the folder cannot be read: ${cause.message}.`, cause }),
  );
  const files: string[] = [];
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name);
    if (rowReaderOf(file) === undefined || descriptions.has(entry.name)) continue;
    if (
      inside(root, file)
        .split("/")
        .some((part) => part.startsWith("."))
    )
      continue;
    const linked = entry.isSymbolicLink() && (await stat(file).catch(() => undefined))?.isFile() === true;
    if (entry.isFile() || linked) files.push(file);
  }
  return files.sort();
}

const inside = (root: string, file: string): string => relative(root, file).replaceAll(sep, "/");

const splitWords = {
  train: /(?:^|[^a-z])train(?:ing)?(?:$|[^a-z])/,
  validation: /(?:^|[^a-z])(?:validation|valid|val|dev)(?:$|[^a-z])/,
  test: /(?:^|[^a-z])(?:test|testing|eval|evaluation)(?:$|[^a-z])/,
} as const;

function ofSplit(files: readonly string[], root: string, split: Split): readonly string[] {
  const tables = files.filter((file) => !/\.txt(?:\.gz|\.zst)?$/i.test(file));
  const candidates = tables.length > 0 ? tables : files;
  const named = (word: keyof typeof splitWords): readonly string[] =>
    candidates.filter((file) => splitWords[word].test(inside(root, file).toLowerCase()));
  const order = split === "train" ? (["train"] as const) : (["validation", "test"] as const);
  return order.map(named).find((list) => list.length > 0) ?? candidates;
}

export interface SourceRow extends RawRow {
  readonly file: string;
}

/** All rows of a path, streamed. @throws E_DATA_FILE */
export async function* readSource(path: string, split: Split = "train"): AsyncGenerator<SourceRow> {
  for (const file of await filesOf(path, split)) {
    const reader = rowReaderOf(file);
    if (reader === undefined) continue;
    for await (const row of reader(file)) yield { ...row, file };
  }
}

/**
 * Which of `size` rows `#take` means, by index: drawn without replacement; beyond the size whole copies, then a
 * random remainder (ms-swift). `spec` is the place of the spec in its list, so that the draw does not depend on
 * where the files lie.
 */
export function takeRows(size: number, take: number | undefined, seed: number, spec = 0): readonly number[] {
  if (take === undefined || size === 0) return Array.from({ length: size }, (_, i) => i);
  const whole = Array.from({ length: Math.floor(take / size) * size }, (_, i) => i % size);
  const rest = permutation(size, seed, "take", spec).subarray(0, take % size);
  return [...whole, ...rest];
}
