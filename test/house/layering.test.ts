/** The house rules that a reader relies on: which folder may import which, where node:* may appear, file sizes. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { families } from "../../src/models/families/index.ts";
import { tuners } from "../../src/models/tuners/index.ts";

/** In order: a folder may import only folders before it. Folders that do not exist yet have their place already. */
const layers = [
  "base",
  "formats",
  "hub",
  "tensor",
  "runtime",
  "text",
  "data",
  "models",
  "losses",
  "optim",
  "generate",
  "rewards",
  "search",
  "compress",
  "evaluate",
  "recipes",
  "reports",
  "train",
  "runs",
  "server",
  "cli",
];

/** What runs in a browser too: neither it nor anything that it imports may ask for node:*. */
const portable: readonly string[] = ["tensor/", "losses/", "optim/", "models/", "generate/", "runtime/web.ts"];

/** What of it reads or writes files, or ends the patterns of strangers by node:vm, and is for Node alone. */
const forNode: readonly string[] = [
  "models/files/",
  "models/merging/",
  "models/tuners/",
  "models/base-fingerprint.ts",
  "models/carried-files.ts",
  "models/checkpoint-check.ts",
  "models/explain-folder.ts",
  "models/index.ts",
  "models/load.ts",
  "models/merge.ts",
  "models/save.ts",
  "models/untrained-stops.ts",
  "models/weights.ts",
];

const source = join(import.meta.dirname, "../../src");

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : path.endsWith(".ts") ? [path] : [];
  });
}

interface SourceFile {
  readonly path: string;
  readonly folder: string;
  readonly imports: readonly string[];
  /** Those that are there when it runs: types are not. */
  readonly loads: readonly string[];
  readonly lines: number;
}

const files: readonly SourceFile[] = filesUnder(source).map((path) => {
  const text = readFileSync(path, "utf8");
  const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] as string);
  const loads = [...text.matchAll(/^(?:import|export) (?!type )([^;"]*?from )?"([^"]+)"/gm)]
    .filter(([, what = ""]) => !/^\{(?:\s*type \w+(?: as \w+)?,?)+\s*\} from $/.test(what))
    .map((match) => match[2] as string);
  const folder = relative(source, path).split("/")[0] as string;
  return { path: relative(source, path), folder, imports, loads, lines: text.split("\n").length };
});
const shipped = files.filter(({ path }) => !/\.(test|slow)\.ts$/.test(path));

describe("the house", () => {
  it("has only folders that have a place in the layers", () => {
    const folders = new Set(files.filter(({ path }) => path.includes("/")).map(({ folder }) => folder));
    expect([...folders].filter((folder) => !layers.includes(folder))).toEqual([]);
  });

  it("imports downwards only", () => {
    const upward = shipped.flatMap(({ path, folder, imports }) =>
      imports
        .filter((target) => target.startsWith("."))
        .map((target) => normalize(join(dirname(path), target)).split("/")[0] as string)
        .filter((target) => layers.indexOf(folder) >= 0 && layers.indexOf(target) > layers.indexOf(folder))
        .map((target) => `${path} -> ${target}`),
    );
    expect(upward).toEqual([]);
  });

  it("keeps the engine behind runtime/", () => {
    const direct = shipped.filter(
      ({ path, imports }) =>
        imports.some((target) => /^onnxruntime-(node|web)/.test(target)) &&
        !["runtime/node.ts", "runtime/web.ts"].includes(path),
    );
    expect(direct.map(({ path }) => path)).toEqual([]);
  });

  it("keeps node:* out of what runs in a browser", () => {
    const byPath = new Map(shipped.map((file) => [file.path, file]));
    /** The way from a file to a module of Node. */
    const wayToNode = (path: string, seen: Set<string>): readonly string[] | undefined => {
      if (seen.has(path)) return undefined;
      seen.add(path);
      for (const target of byPath.get(path)?.loads ?? []) {
        if (target.startsWith("node:") || target === "onnxruntime-node") return [path, target];
        if (!target.startsWith(".")) continue;
        const way = wayToNode(normalize(join(dirname(path), target)), seen);
        if (way !== undefined) return [path, ...way];
      }
      return undefined;
    };
    const isIn = (path: string, places: readonly string[]): boolean => places.some((place) => path.startsWith(place));
    const ways = shipped
      .filter(({ path }) => isIn(path, portable))
      .map(({ path }) => ({ path, way: wayToNode(path, new Set()) }));
    const bound = ways.filter(({ path, way }) => way !== undefined && !isIn(path, forNode));
    expect(bound.map(({ way }) => way?.join(" -> "))).toEqual([]);
    // What is named as an exception is one.
    const needless = forNode.filter(
      (place) => !ways.some(({ path, way }) => way !== undefined && path.startsWith(place)),
    );
    expect(needless).toEqual([]);
  });

  it("names no family and no tuner in shared code", () => {
    const names = [...families.map(({ modelType }) => modelType), ...tuners.keys()];
    // GGUF has names of its own, which are often the same.
    const shared = shipped.filter(
      ({ path }) =>
        /^(?:train|generate|models)\//.test(path) && !/^models\/(?:families|tuners|files\/gguf)\//.test(path),
    );
    const named = shared.flatMap(({ path }) => {
      const code = readFileSync(join(source, path), "utf8").replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
      return names.filter((name) => code.includes(`"${name}"`)).map((name) => `${path}: ${name}`);
    });
    expect(named).toEqual([]);
  });

  it("has no file over 500 lines", () => {
    expect(shipped.filter(({ lines }) => lines > 500).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  });
});
