/**
 * Files that others wrote are read by formats/read-file.ts alone, which refuses pipes and devices and counts bytes. Who
 * opens files beside it is named here, with what it opens: nothing that a stranger can have put there.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const allowed: Readonly<Record<string, string>> = {
  "formats/read-file.ts": "the reader itself",
  "base/package-version.ts": "the package's own package.json; base/ is below formats/",
  "cli/doctor/machine.ts": "a file of the system in /sys",
  "formats/is-alive.ts": "files of the system in /proc",
  "formats/lock.ts": "locks, which Tunesmith wrote, and /proc",
  "formats/atomic.ts": "writes, and forces to disk what was written",
  "formats/append-jsonl.ts": "appends to a log of this run",
  "formats/tensorboard.ts": "writes event files, which must be new",
  "formats/parquet-writer.ts": "completes a file that it wrote",
  "formats/parquet.ts": "hyparquet opens the path, which is checked before",
  "hub/download.ts": "unfinished files that it wrote into the cache of the hub",
  "train/run-folder.ts": "the list of what this run put aside",
  "data/analyze/number-columns.ts": "columns in a temporary folder of its own",
  "data/engine/append-file.ts": "writes the work folder of a job",
  "data/engine/journal.ts": "the journal in the work folder of a job",
  "data/engine/read-values.ts": "columns in the work folder of a job",
  "data/engine/spill.ts": "rows in the work folder of a job",
  "data/engine/stage-writer.ts": "rows in the work folder of a job",
  "data/operators/augment/word-changes.ts": "a list of words that comes with the package",
  "data/operators/media/images.ts": "sharp opens the path, which is checked before",
  "data/sql.ts": "DuckDB opens what data/source.ts has found to be files, and what the query names",
  "data/services/answer-cache.ts": "answers that Tunesmith keeps",
  "data/services/budget.ts": "counts that Tunesmith keeps",
};

const opening: ReadonlySet<string> = new Set(
  "open openSync openAsBlob readFile readFileSync createReadStream copyFile copyFileSync cp cpSync".split(" "),
);

/** Ways in a source text to open a file: functions of node:fs, all of it at once, and libraries that take paths. */
function waysToOpen(text: string): readonly string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const fromNode = [...code.matchAll(/import\s+(?!type\b)([^;"]*?)\s+from\s+"(?:node:)?fs(?:\/promises)?"/g)];
  const named = fromNode.flatMap(([, what = ""]) =>
    what.startsWith("{")
      ? what
          .slice(1, -1)
          .split(",")
          .map((name) => name.trim().split(/\s+as\s+/)[0] as string)
          // `promises` is all of node:fs/promises.
          .filter((name) => opening.has(name) || name === "promises")
      : [`all of fs: ${what}`],
  );
  const others = [
    /\bimport\(\s*"(?:node:)?fs(?:\/promises)?"/,
    /\brequire\(\s*"(?:node:)?fs/,
    /\bgetBuiltinModule\(/,
    /\bexport\s[^;"]*from\s+"(?:node:)?fs/,
    /\basyncBufferFromFile\(/,
    /\bsharp\(/,
    /\bDuckDBInstance\.create\(/,
  ];
  return [...named, ...others.flatMap((pattern) => pattern.exec(code)?.[0] ?? [])];
}

const source = join(import.meta.dirname, "../../src");
const shipped = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !/\.(test|slow)\.ts$/.test(entry.name))
  .map((entry) => relative(source, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
  .filter((path) => !path.includes("/testing/"));

describe("files that others wrote", () => {
  it("are opened by formats/read-file.ts alone, and the list of others is true", () => {
    const openers = shipped.filter((path) => waysToOpen(readFileSync(join(source, path), "utf8")).length > 0);
    expect(openers.sort()).toEqual(Object.keys(allowed).sort());
  });

  it("cannot be opened by another name", () => {
    for (const text of [
      'import { readFile } from "node:fs/promises";',
      'import {\n  stat,\n  open as x,\n} from "node:fs/promises";',
      'import * as fs from "node:fs";',
      'import fs from "fs";',
      'import { promises } from "node:fs";',
      'const { readFile } = await import("node:fs/promises");',
      'process.getBuiltinModule("node:fs");',
      'export { readFile } from "node:fs/promises";',
      "asyncBufferFromFile(path)",
      "sharp(path)",
      "await DuckDBInstance.create(path)",
    ]) {
      expect(waysToOpen(text), text).not.toEqual([]);
    }
    for (const text of [
      'import { stat } from "node:fs/promises";',
      'import type { FileHandle } from "node:fs/promises";',
      '// import { readFile } from "node:fs/promises";',
    ]) {
      expect(waysToOpen(text), text).toEqual([]);
    }
  });
});
