/**
 * Where a link leads out of the folder that it lies in: what a folder from somewhere else copies into an output must
 * be its own, not a file of this machine that a link in it names.
 */
import { realpath } from "node:fs/promises";
import { basename, dirname, join, relative, isAbsolute, sep } from "node:path";

/** Where `path` leads, when that is outside of `dir`; undefined when it is inside or not there. */
export async function linkOutside(path: string, dir: string): Promise<string | undefined> {
  const target = await realpath(path).catch(() => undefined);
  if (target === undefined) return undefined;
  const root = await realpath(dir);
  const roots = [root, ...blobsOf(root)];
  return roots.some((folder) => holds(folder, target)) ? undefined : target;
}

/** A snapshot in the cache of the Hugging Face hub is made of links to ../../blobs of the same repository. */
function blobsOf(root: string): readonly string[] {
  const snapshots = dirname(root);
  const repository = dirname(snapshots);
  return basename(snapshots) === "snapshots" && /^(?:models|datasets|spaces)--/.test(basename(repository))
    ? [join(repository, "blobs")]
    : [];
}

function holds(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
