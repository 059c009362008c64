/**
 * What `--model` may name: a folder, a GGUF file (unpacked once into a cache), or a model on the Hugging Face hub
 * (downloaded once into the cache that Python uses). What is on disk wins over a name of the hub.
 */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fail } from "../../base/errors.ts";
import { writeDirectoryAtomic } from "../../formats/atomic.ts";
import { isGgufPath } from "../../formats/gguf.ts";
import { realOutput, whileLocked } from "../../formats/output.ts";
import { isHubName } from "../../hub/repo.ts";
import { hubSnapshot, type HubProgress } from "../../hub/snapshot.ts";
import { modelFiles } from "./model-files.ts";

export interface FindModelOptions {
  /** Branch, tag or commit on the hub. */
  readonly revision?: string | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
  readonly onProgress?: ((progress: HubProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The folder of a model; a path that is not there and cannot be a name of the hub is given back as it is. */
export async function findModel(name: string, options: FindModelOptions = {}): Promise<string> {
  const stats = await stat(name).catch(() => undefined);
  if (stats?.isFile() === true && isGgufPath(name)) return unpacked(resolve(name), options);
  if (stats === undefined && isGgufPath(name)) {
    return fail("E_MODEL_FILE", { where: name, what: "there is no such file.", fix: "Check the path." });
  }
  if (stats !== undefined || !isHubName(name)) return name;
  return hubSnapshot({ type: "model", name }, { ...options, choose: (paths) => modelFiles(paths, name) });
}

/** How a run remembers its model: by its whole path where it lies on disk, else by its name on the hub. */
export async function modelReference(name: string): Promise<string> {
  const onDisk = (await stat(name).catch(() => undefined)) !== undefined;
  return onDisk || !isHubName(name) ? resolve(name) : name;
}

/** Changes when the same file would be unpacked into something else. */
const LAYOUT = 1;

/** Unpacks a GGUF file into the cache, if that has not been done. @throws E_GGUF, E_DISK_FULL, E_FILE_WRITE */
async function unpacked(path: string, { onNote, signal }: FindModelOptions): Promise<string> {
  const real = await realOutput(path);
  const { size, mtimeMs } = await stat(real);
  const key = createHash("sha256")
    .update(JSON.stringify([LAYOUT, real, size, mtimeMs]))
    .digest("hex")
    .slice(0, 16);
  const folder = join(cacheFolder(), "gguf", `${basename(real).replace(/\.gguf$/i, "")}-${key}`);
  const isThere = async (): Promise<boolean> => (await stat(folder).catch(() => undefined))?.isDirectory() === true;
  if (await isThere()) return folder;
  const { unpackGguf } = await import("./gguf/unpack.ts");
  await whileLocked(folder, async () => {
    if (await isThere()) return;
    onNote?.(`${path} is unpacked into ${folder}, once`);
    await writeDirectoryAtomic(folder, async (dir) => {
      const { notes } = await unpackGguf(real, dir, { signal });
      for (const note of notes) onNote?.(`${path}: ${note}`);
    });
  });
  return folder;
}

/** TUNESMITH_CACHE, else a folder beside the caches of other programs. */
function cacheFolder(): string {
  const { TUNESMITH_CACHE, XDG_CACHE_HOME } = process.env;
  if (TUNESMITH_CACHE) return TUNESMITH_CACHE;
  return join(
    XDG_CACHE_HOME === undefined || XDG_CACHE_HOME === "" ? join(homedir(), ".cache") : XDG_CACHE_HOME,
    "tunesmith",
  );
}
