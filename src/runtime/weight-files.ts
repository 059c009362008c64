/**
 * Weights that lie in files, as the engine wants them: places relative to one folder that holds all the files. Links
 * are followed first: the engine refuses files outside that folder, and a downloaded snapshot is links to files elsewhere.
 */
import { realpath, stat } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";
import { internal } from "../base/errors.ts";
import type { Program } from "../tensor/program.ts";
import type { CompileOptions, PlacedWeights } from "./types.ts";

export async function placeWeights(program: Program, { weights }: CompileOptions): Promise<PlacedWeights> {
  if (weights === undefined || program.weights.size === 0) return {};
  const stored = new Map([...program.weights.keys()].map((name) => [name, weights(name)]));
  const real = new Map<string, string>();
  const versions: string[] = [];
  let inFiles = true;
  for (const { data } of stored.values()) {
    if (!("file" in data)) inFiles = false;
    else if (!real.has(data.file)) {
      const path = await realpath(data.file);
      real.set(data.file, path);
      const { size, mtimeMs, ino } = await stat(path);
      versions.push(`${path}:${ino}:${size}:${mtimeMs}`);
    }
  }
  const folder = commonFolder([...real.values()]);
  return {
    weights: (name) => {
      const { dtype, data } = stored.get(name) ?? internal(`no weight ${name}`);
      if (!("file" in data)) return { dtype, data };
      const location = relative(folder, real.get(data.file) as string).replaceAll(sep, "/");
      return { dtype, data: { location, offset: data.offset, length: data.length } };
    },
    ...(real.size === 0 ? {} : { folder }),
    // Bytes have no version; a session of theirs is not shared.
    ...(inFiles ? { version: versions.join() } : {}),
  };
}

/** The deepest folder above all files. */
function commonFolder(files: readonly string[]): string {
  const [first = process.cwd(), ...rest] = files.map((file) => dirname(file));
  return rest.reduce((folder, other) => {
    let common = folder;
    while (other !== common && !other.startsWith(common.endsWith(sep) ? common : common + sep)) {
      const above = dirname(common);
      if (above === common) return internal(`${folder} and ${other} are on different drives`);
      common = above;
    }
    return common;
  }, first);
}
