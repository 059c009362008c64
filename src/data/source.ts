/**
 * What `--dataset` may name: a file, a folder or a glob, each with `#N` to take N rows. Rows are streamed.
 *
 * Training reads a folder as Hugging Face does: when file names speak of splits (train.jsonl, test.csv,
 * data/dev-00001.parquet), training reads those of the training split and evaluation those of the validation split,
 * or of the test split when there is none. Text files are read from a folder only when nothing else is there, so
 * that a README.txt or LICENSE.txt never becomes rows.
 *
 * The data engine (`data process`, `data analyze`) reads every file that it can: tables of all splits, and text files
 * as one document each; a README or LICENSE only when there are no tables beside it.
 *
 * Hidden files and descriptions of datasets are passed over. What a folder holds and is not read can be told.
 */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { fail } from "../base/errors.ts";
import { permutation } from "../base/random.ts";
import { suggest } from "../base/suggest.ts";
import { isDocument } from "../formats/documents.ts";
import { otherWeightsOf } from "../formats/other-weights.ts";
import { checkKind } from "../formats/read-file.ts";
import { rowReaderOf, rowSuffixes, type RawRow } from "../formats/row-readers.ts";
import { findDataset } from "./hub-dataset.ts";
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

/** Who reads: training takes one split, the data engine ("all") whatever it can read. */
export type FolderUse = Split | "all";

export interface FoundFiles {
  /** In order of name. */
  readonly files: readonly string[];
  /** What else the folder holds: paths by the reason why they are not read. */
  readonly passedOver: ReadonlyMap<string, readonly string[]>;
}

/** The files a spec names, in order of name. @throws E_DATA_FILE */
export async function filesOf(path: string, use: FolderUse = "train"): Promise<readonly string[]> {
  return (await findFiles(path, use)).files;
}

/** As {@link filesOf}, with what is passed over. @throws E_DATA_FILE */
export async function findFiles(path: string, use: FolderUse = "train"): Promise<FoundFiles> {
  const reads = (file: string): boolean => rowReaderOf(file) !== undefined || (use === "all" && isDocument(file));
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFile() === true) {
    if (!reads(path)) {
      const more = use === "all" ? ", and text files such as .md, .py and .html" : "";
      const weights = otherWeightsOf(basename(path));
      fail("E_DATA_FILE", {
        where: path,
        what: `${weights === undefined ? "" : `this is no file of rows but ${weights.what}; `}the suffix is none of ${rowSuffixes.join(", ")}${more}.`,
      });
    }
    return { files: [path], passedOver: new Map() };
  }
  if (stats?.isDirectory() === false) checkKind(path, stats, { code: "E_DATA_FILE" });
  const slashed = path.replaceAll(sep, "/");
  if (stats === undefined && !isGlob(slashed)) {
    const found = await findDataset(path);
    return found === path ? failMissing(path) : findFiles(found, use);
  }
  const root = stats === undefined ? globRoot(slashed) : path;
  const pattern = stats === undefined ? globPattern(relative(root, path).replaceAll(sep, "/")) : undefined;
  const entries = (await entriesUnder(root)).filter(
    ([file]) => pattern === undefined || pattern.test(inside(root, file)),
  );
  const passedOver = new Map<string, string[]>();
  const passOver = (file: string, why: string): void => {
    const list = passedOver.get(why);
    if (list === undefined) passedOver.set(why, [file]);
    else list.push(file);
  };
  const readable = entries.flatMap(([file, other]) => {
    const why = other ?? whyNotRead(file, root, reads);
    if (why !== undefined) passOver(file, why);
    return why === undefined ? [file] : [];
  });
  // A glob says itself what it means.
  const files = pattern === undefined ? choose(readable, root, use, passOver) : readable;
  return files.length > 0
    ? { files, passedOver }
    : fail("E_DATA_FILE", { where: path, what: "no readable data file is there." });
}

/** Says what of a folder is not read; undefined when all of it is. */
export function describePassedOver(path: string, { files, passedOver }: FoundFiles): string | undefined {
  if (passedOver.size === 0) return undefined;
  const reasons = [...passedOver].map(([why, list]) => {
    const shown = list.slice(0, 3).map((file) => inside(path, file));
    const more = list.length > shown.length ? `, ${list.length - shown.length} more` : "";
    return `${shown.join(", ")}${more} (${why})`;
  });
  return `${path}: ${files.length} ${files.length === 1 ? "file is" : "files are"} read; passed over: ${reasons.join("; ")}`;
}

async function failMissing(path: string): Promise<never> {
  if (path.includes(",")) {
    const parts = path.split(",").map((part) => part.trim());
    fail("E_DATA_FILE", {
      where: path,
      what: "there is no such file or folder.",
      fix: `Several are separated by blanks, not commas: ${parts.join(" ").trim()}.`,
    });
  }
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

/**
 * All that is under a folder, by name, with why it is none of its files. Links to files count, as caches of downloads
 * are made of them; links to folders could lead round in a circle.
 */
async function entriesUnder(root: string): Promise<readonly (readonly [string, string | undefined])[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch((cause: Error) =>
    fail("E_DATA_FILE", { where: root, what: `the folder cannot be read: ${cause.message}.`, cause }),
  );
  const found: (readonly [string, string | undefined])[] = [];
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const file = join(entry.parentPath, entry.name);
    found.push([file, entry.isFile() ? undefined : await whyNoFile(file, entry.isSymbolicLink())]);
  }
  return found.sort(([a], [b]) => (a < b ? -1 : 1));
}

async function whyNoFile(path: string, linked: boolean): Promise<string | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return "links that lead nowhere";
  if (linked && stats.isDirectory()) return "links to folders";
  return stats.isFile() ? undefined : "pipes, devices and the like";
}

function whyNotRead(file: string, root: string, reads: (file: string) => boolean): string | undefined {
  if (
    inside(root, file)
      .split("/")
      .some((part) => part.startsWith("."))
  )
    return "hidden";
  if (!reads(file)) return "no rows by their suffix";
  return descriptions.has(basename(file)) ? "descriptions of a dataset" : undefined;
}

const inside = (root: string, file: string): string => relative(root, file).replaceAll(sep, "/");

const splitWords = {
  train: /(?:^|[^a-z])train(?:ing)?(?:$|[^a-z])/,
  validation: /(?:^|[^a-z])(?:validation|valid|val|dev)(?:$|[^a-z])/,
  test: /(?:^|[^a-z])(?:test|testing|eval|evaluation)(?:$|[^a-z])/,
} as const;

/** Those of a folder's readable files that are meant; the others are told to `passOver`. */
function choose(
  files: readonly string[],
  root: string,
  use: FolderUse,
  passOver: (file: string, why: string) => void,
): readonly string[] {
  const keep = (list: readonly string[], test: (file: string) => boolean, why: string): readonly string[] => {
    for (const file of list) if (!test(file)) passOver(file, why);
    return list.filter(test);
  };
  const hasTables = files.some((file) => !isDocument(file));
  if (use === "all") {
    return hasTables ? keep(files, (file) => !isAboutData(file), "about the tables beside them") : files;
  }
  const tables = hasTables ? keep(files, (file) => !isDocument(file), "texts beside tables") : files;
  const order = use === "train" ? (["train"] as const) : (["validation", "test"] as const);
  for (const word of order) {
    const isNamed = (file: string): boolean => splitWords[word].test(inside(root, file).toLowerCase());
    if (tables.some(isNamed)) return keep(tables, isNamed, `not of the ${word} split by their names`);
  }
  return tables;
}

/** Files that people put beside their tables to say what those are. */
const isAboutData = (file: string): boolean =>
  isDocument(file) && /^(?:readme|licen[cs]e|copying|notice|changelog|citation|data_?card)\b/i.test(basename(file));

export interface SourceRow extends RawRow {
  readonly file: string;
}

export interface ReadSourceOptions {
  readonly split?: Split | undefined;
  /** Told what of a folder is not read. */
  readonly onNote?: ((text: string) => void) | undefined;
}

/** All rows of a path, streamed, as training reads it. @throws E_DATA_FILE */
export async function* readSource(path: string, { split, onNote }: ReadSourceOptions = {}): AsyncGenerator<SourceRow> {
  const found = await findFiles(path, split);
  const note = describePassedOver(path, found);
  if (note !== undefined) onNote?.(note);
  for (const file of found.files) {
    const reader = rowReaderOf(file);
    if (reader === undefined) continue;
    for await (const row of reader(file)) yield { ...row, file };
  }
}

/** Rows that repetition may make. */
const MOST_REPEATED = 10_000_000;

/**
 * Which of `size` rows `#take` means, by index: drawn without replacement; beyond the size whole copies, then a
 * random remainder (ms-swift). `spec` is the place of the spec in its list, so that the draw does not depend on
 * where the files lie.
 */
export function takeRows(size: number, take: number | undefined, seed: number, spec = 0): readonly number[] {
  if (take !== undefined && take > Math.max(size, MOST_REPEATED)) {
    fail("E_DATA_FILE", {
      where: `#${take}`,
      what: `of ${size} rows ${take} would be made, and at most ${MOST_REPEATED} are held in memory.`,
      fix: "Take fewer rows, and go over them more often with --num-train-epochs.",
    });
  }
  if (take === undefined || size === 0) return Array.from({ length: size }, (_, i) => i);
  const whole = Array.from({ length: Math.floor(take / size) * size }, (_, i) => i % size);
  const rest = permutation(size, seed, "take", spec).subarray(0, take % size);
  return [...whole, ...rest];
}
