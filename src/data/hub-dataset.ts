/**
 * Datasets by their name on the Hugging Face hub: files of rows are downloaded into the cache that Python uses, and
 * read from there as from any folder, splits by their names. What is on disk wins over a name of the hub.
 */
import { stat } from "node:fs/promises";
import { fail } from "../base/errors.ts";
import { rowReaderOf } from "../formats/row-readers.ts";
import { isHubName } from "../hub/repo.ts";
import { hubSnapshot } from "../hub/snapshot.ts";

/** The path itself, or the folder of what it names on the hub. @throws E_HUB_* */
export async function findDataset(path: string, onNote?: (note: string) => void): Promise<string> {
  if (!isHubName(path) || rowReaderOf(path) !== undefined) return path;
  if ((await stat(path).catch(() => undefined)) !== undefined) return path;
  onNote?.(`${path} is not here: taken from the Hugging Face hub`);
  return hubSnapshot({ type: "dataset", name: path }, { onNote, choose: (paths) => datasetFiles(paths, path) });
}

/** @throws E_HUB_NAME when the repository holds no rows that can be read */
export function datasetFiles(paths: readonly string[], name: string): readonly string[] {
  const chosen = paths.filter(
    (path) => !/(?:^|\/)\./.test(path) && rowReaderOf(path) !== undefined && !path.endsWith(".txt"),
  );
  if (chosen.length > 0) return chosen;
  return fail("E_HUB_NAME", {
    where: name,
    what: `none of its ${paths.length} files holds rows that can be read.`,
    fix: "Name a dataset of JSONL, JSON, CSV or Parquet files; others are made by code, which is not run.",
  });
}
