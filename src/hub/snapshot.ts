/**
 * The files of a repository at one commit, as a folder in the cache: `blobs/` by hash, `snapshots/COMMIT/` of links to
 * them, `refs/REVISION` with the commit; what Python's huggingface_hub writes and reads. The ref is written last, so
 * that a revision is known only once all of its files are here.
 */
import { mkdir, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fail, isTunesmithError } from "../base/errors.ts";
import { replaceSymlink, writeFileAtomic } from "../formats/atomic.ts";
import { readTextIfThere } from "../formats/read-file.ts";
import { whileLocked } from "../formats/output.ts";
import { downloadFile } from "./download.ts";
import { failRequest, hubFetch, repoFolder, type Repo } from "./repo.ts";
import { hubSettings, type HubSettings } from "./settings.ts";

export interface HubProgress {
  readonly file: string;
  /** Of all files that had to be brought. */
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface SnapshotOptions {
  /** Branch, tag or commit; "main" when absent. */
  readonly revision?: string | undefined;
  /** Which of the repository's files are needed, by their paths. */
  readonly choose: (paths: readonly string[]) => readonly string[];
  readonly settings?: HubSettings;
  readonly onProgress?: ((progress: HubProgress) => void) | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** See DownloadOptions. */
  readonly pause?: number;
}

/** The folder of a repository's files, downloaded where they are not there. @throws E_HUB_*, E_DISK_FULL, E_FILE_WRITE */
export async function hubSnapshot(repo: Repo, options: SnapshotOptions): Promise<string> {
  const settings = options.settings ?? (await hubSettings());
  const { revision = "main", onNote } = options;
  if (!/^[\w][\w./-]*$/.test(revision) || revision.includes("..")) {
    fail("E_HUB_NAME", { where: repo.name, what: `${JSON.stringify(revision)} is no revision.` });
  }
  const storage = join(settings.cacheDir, repoFolder(repo));
  const cached = await cachedSnapshot(storage, revision);
  if (settings.offline) {
    return (
      cached ??
      fail("E_HUB_OFFLINE", {
        where: repo.name,
        what: `it is not in the cache (${storage}), and HF_HUB_OFFLINE is set.`,
      })
    );
  }
  try {
    return await fetchSnapshot(repo, storage, revision, settings, options);
  } catch (error) {
    if (cached === undefined || !isTunesmithError(error, "E_HUB_NETWORK")) throw error;
    onNote?.(`${repo.name}: the hub cannot be asked (${error.what}) what is in the cache is taken.`);
    return cached;
  }
}

const COMMIT = /^[0-9a-f]{40}$/;

async function cachedSnapshot(storage: string, revision: string): Promise<string | undefined> {
  const text = COMMIT.test(revision)
    ? revision
    : ((await readTextIfThere(join(storage, "refs", revision), { code: "E_HUB_FILE", limit: 4096 })) ?? "");
  const commit = text.trim();
  if (!COMMIT.test(commit)) return undefined;
  const folder = join(storage, "snapshots", commit);
  return (await stat(folder).catch(() => undefined))?.isDirectory() === true ? folder : undefined;
}

interface Entry {
  readonly path: string;
  readonly size: number;
  /** Name of the blob. */
  readonly etag: string;
  readonly kind: "sha256" | "git";
}

async function fetchSnapshot(
  repo: Repo,
  storage: string,
  revision: string,
  settings: HubSettings,
  options: SnapshotOptions,
): Promise<string> {
  const { commit, entries } = await listEntries(repo, revision, settings);
  const chosen = new Set(options.choose(entries.map(({ path }) => path)));
  const wanted = entries.filter(({ path }) => chosen.has(path));
  const folder = join(storage, "snapshots", commit);
  const missing: Entry[] = [];
  for (const entry of wanted) if (!(await hasBlob(storage, entry))) missing.push(entry);
  const totalBytes = missing.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  for (const entry of wanted) {
    options.signal?.throwIfAborted();
    const { path, size, etag, kind } = entry;
    const blob = join(storage, "blobs", etag);
    await mkdir(dirname(blob), { recursive: true });
    if (!(await hasBlob(storage, entry))) {
      const place = `${repo.type === "model" ? "" : "datasets/"}${repo.name}/resolve/${commit}`;
      const url = `${settings.endpoint}/${place}/${path.split("/").map(encodeURIComponent).join("/")}`;
      const start = before;
      await whileLocked(join(settings.cacheDir, ".locks", repoFolder(repo), etag), () =>
        downloadFile(
          blob,
          { url, size, hash: { kind, hex: etag } },
          {
            settings,
            signal: options.signal,
            ...(options.pause === undefined ? {} : { pause: options.pause }),
            onBytes: (bytes) => options.onProgress?.({ file: path, bytes: start + bytes, totalBytes }),
          },
        ),
      );
      before += size;
    }
    const link = join(folder, path);
    await mkdir(dirname(link), { recursive: true });
    await replaceSymlink(link, relative(dirname(link), blob));
  }
  if (!COMMIT.test(revision)) {
    const ref = join(storage, "refs", revision);
    await mkdir(dirname(ref), { recursive: true });
    await writeFileAtomic(ref, commit);
  }
  return folder;
}

async function hasBlob(storage: string, { etag, size }: Entry): Promise<boolean> {
  return (await stat(join(storage, "blobs", etag)).catch(() => undefined))?.size === size;
}

/** The commit of a revision and all files in it. */
async function listEntries(
  repo: Repo,
  revision: string,
  settings: HubSettings,
): Promise<{ readonly commit: string; readonly entries: readonly Entry[] }> {
  const { listFiles, modelInfo, datasetInfo } = await import("@huggingface/hub");
  const shared = { hubUrl: settings.endpoint, fetch: hubFetch(settings) };
  const where = `${repo.name}${revision === "main" ? "" : `@${revision}`}`;
  try {
    const asked = { ...shared, name: repo.name, revision, additionalFields: ["sha" as const] };
    const info: { readonly sha?: unknown } = await (repo.type === "model" ? modelInfo(asked) : datasetInfo(asked));
    const commit = info.sha;
    if (typeof commit !== "string" || !COMMIT.test(commit)) throw new Error("the answer names no commit");
    const entries: Entry[] = [];
    for await (const { type, path, size, oid, lfs } of listFiles({
      ...shared,
      repo,
      recursive: true,
      revision: commit,
    })) {
      if (type !== "file") continue;
      const etag = lfs?.oid ?? oid;
      if (etag === undefined || !isSafePath(path) || !/^[0-9a-f]{40,64}$/.test(etag)) {
        return fail("E_HUB_FILE", { where, what: `the hub lists a file that cannot be: ${JSON.stringify(path)}.` });
      }
      entries.push({ path, size: lfs?.size ?? size, etag, kind: lfs === undefined ? "git" : "sha256" });
    }
    return { commit, entries };
  } catch (error) {
    return failRequest(error, where, settings);
  }
}

/** Inside of the folder on every system. */
function isSafePath(path: string): boolean {
  return (
    path !== "" &&
    path.split("/").every((part) => part !== "" && part !== "." && part !== ".." && !/[\\:\0]/.test(part))
  );
}
