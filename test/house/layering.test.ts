/** The house rules that a reader relies on: which folder may import which, where node:* may appear, file sizes. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { describe, expect, it } from "vitest";

/** In order: a folder may import only folders before it. Folders that do not exist yet have their place already. */
const layers = [
  "base",
  "formats",
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
  "train",
  "runs",
  "server",
  "cli",
];

/** Folders that run in a browser too: no node:* in them. */
const portable: ReadonlySet<string> = new Set(["tensor", "losses", "optim"]);

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
  readonly lines: number;
}

const files: readonly SourceFile[] = filesUnder(source).map((path) => {
  const text = readFileSync(path, "utf8");
  const imports = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1] as string);
  const folder = relative(source, path).split("/")[0] as string;
  return { path: relative(source, path), folder, imports, lines: text.split("\n").length };
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
    const bound = shipped.filter(
      ({ folder, imports }) => portable.has(folder) && imports.some((target) => target.startsWith("node:")),
    );
    expect(bound.map(({ path }) => path)).toEqual([]);
  });

  it("has no file over 500 lines", () => {
    expect(shipped.filter(({ lines }) => lines > 500).map(({ path, lines }) => `${path}: ${lines}`)).toEqual([]);
  });
});
