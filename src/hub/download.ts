/**
 * One file of the hub into the cache. A transfer that is cut goes on where it ended, in this run or a later one; what
 * has arrived is held against the size and the hash that the hub lists before it gets its name.
 *
 * @huggingface/hub downloads files, too, but begins anew after a cut and checks neither size nor hash.
 */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rename, rm, stat, statfs, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fail, isTunesmithError } from "../base/errors.ts";
import { explainWriteError } from "../formats/write-error.ts";
import { failRequest, failStatus, hubFetch } from "./repo.ts";
import type { HubSettings } from "./settings.ts";

export interface RemoteFile {
  readonly url: string;
  readonly size: number;
  /** SHA-256 of the content, or SHA-1 as git counts it. */
  readonly hash: { readonly kind: "sha256" | "git"; readonly hex: string };
}

export interface DownloadOptions {
  readonly settings: HubSettings;
  /** Told how many bytes are here. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds before the second try; twice as many before each further. */
  readonly pause?: number;
}

/** Tries in a row that bring nothing. */
const TRIES = 5;

/** @throws E_HUB_*, E_DISK_FULL, E_FILE_WRITE; then `target` is not there */
export async function downloadFile(target: string, remote: RemoteFile, options: DownloadOptions): Promise<void> {
  const partial = `${target}.incomplete`;
  await checkSpace(partial, remote.size);
  const { pause = 1000 } = options;
  for (let tries = 1, before = -1; ; tries++) {
    const outcome = await transfer(partial, remote, options).catch((error: unknown) => ({ error }));
    options.signal?.throwIfAborted();
    const done = await sizeOf(partial);
    if (outcome === undefined) break;
    if (isTunesmithError(outcome.error) && !isTunesmithError(outcome.error, "E_HUB_NETWORK")) throw outcome.error;
    if (done > before) tries = 1;
    before = done;
    if (tries >= TRIES) return failRequest(outcome.error, remote.url, options.settings);
    await wait(pause * 2 ** (tries - 1));
  }
  await checkWhole(partial, remote);
  await rename(partial, target);
}

/** Brings what is missing. */
async function transfer(partial: string, remote: RemoteFile, options: DownloadOptions): Promise<void> {
  const { settings, onBytes, signal } = options;
  let done = await sizeOf(partial);
  if (done > remote.size) {
    await rm(partial, { force: true });
    done = 0;
  }
  if (done === remote.size && done > 0) return;
  const response = await hubFetch(settings)(remote.url, {
    headers: { "Accept-Encoding": "identity", ...(done === 0 ? {} : { Range: `bytes=${done}-` }) },
    ...(signal === undefined ? {} : { signal }),
  });
  if (!response.ok) return failStatus(response.status, remote.url, settings);
  // A server that does not know ranges sends all of it.
  const appends =
    response.status === 206 && response.headers.get("content-range")?.startsWith(`bytes ${done}-`) === true;
  if (response.status === 206 && !appends) {
    return fail("E_HUB_FILE", {
      where: remote.url,
      what: "the hub sends another part of the file than was asked for.",
    });
  }
  const file = await openPartial(partial, appends);
  try {
    let at = appends ? done : 0;
    for await (const chunk of response.body ?? []) {
      if (at + chunk.length > remote.size) {
        await file.truncate(0);
        return fail("E_HUB_FILE", { where: remote.url, what: `more than the ${remote.size} bytes listed have come.` });
      }
      await write(file, chunk, partial, remote.size);
      at += chunk.length;
      onBytes?.(at);
    }
    if (at < remote.size) throw new Error(`the connection ended after ${at} of ${remote.size} bytes`);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function openPartial(partial: string, appends: boolean): Promise<FileHandle> {
  try {
    return await open(partial, appends ? "a" : "w");
  } catch (error) {
    throw await explainWriteError(error, partial);
  }
}

async function write(file: FileHandle, chunk: Uint8Array, partial: string, bytes: number): Promise<void> {
  try {
    await file.writeFile(chunk);
  } catch (error) {
    // What is here fills a disk that is full already.
    await rm(partial, { force: true });
    throw await explainWriteError(error, partial, { bytes });
  }
}

async function checkSpace(partial: string, size: number): Promise<void> {
  const folder = dirname(partial);
  const disk = await statfs(folder).catch(() => undefined);
  const missing = size - (await sizeOf(partial));
  if (disk === undefined || missing <= disk.bavail * disk.bsize) return;
  const error = Object.assign(new Error("no space"), { code: "ENOSPC" });
  throw await explainWriteError(error, partial, { bytes: missing });
}

/** @throws E_HUB_FILE, deleting what is wrong */
async function checkWhole(partial: string, { url, size, hash }: RemoteFile): Promise<void> {
  const sum: Hash = hash.kind === "sha256" ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
  for await (const chunk of createReadStream(partial)) sum.update(chunk as Uint8Array);
  const found = sum.digest("hex");
  if (found === hash.hex) return;
  await rm(partial, { force: true });
  fail("E_HUB_FILE", {
    where: url,
    what: `the file that came is not the one listed: its hash is ${found}, not ${hash.hex}.`,
  });
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}
