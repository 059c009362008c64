/** Workers start quickly: what they load at the start holds no package and no operator but by name (load.ts). */
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";

const source = join(import.meta.dirname, "../../src");

/** What a file loads before it runs: neither types alone nor `import()`. */
function importsOf(path: string): readonly string[] {
  const statements = readFileSync(path, "utf8").matchAll(/^(?:import|export)\s(?:([^;"=]*?)from\s)?"([^"]+)"/gm);
  return [...statements].flatMap(([, what = "", target = ""]) => {
    const names = /^\{([^}]*)\}/.exec(what)?.[1]?.split(",") ?? [];
    const typesOnly = names.length > 0 && names.every((name) => name.trim() === "" || /^\s*type\s/.test(name));
    return what.startsWith("type ") || typesOnly ? [] : [target];
  });
}

function loadedFrom(start: string): { readonly files: readonly string[]; readonly packages: readonly string[] } {
  const files = new Set([join(source, start)]);
  const packages = new Set<string>();
  for (const path of files) {
    for (const target of importsOf(path)) {
      if (target.startsWith(".")) files.add(join(dirname(path), target));
      else if (!target.startsWith("node:")) packages.add(target);
    }
  }
  return { files: [...files].map((path) => relative(source, path)), packages: [...packages] };
}

test.each([
  ["data/engine/worker.ts", []],
  // Blocks that travel as places of a file are read on the node, packed files too.
  ["data/ray/worker-process.ts", ["fzstd"]],
])("%s loads of packages %j at its start", (start, allowed) => {
  const { files, packages } = loadedFrom(start);
  expect(files).toContain("data/engine/chain.ts");
  expect(packages).toEqual(allowed);
  expect(files.filter((path) => /^recipes\/|operators\/(\w+\/)?index\.ts$/.test(path))).toEqual([]);
});
