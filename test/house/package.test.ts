/** What is published: everything the README links to, and no map without its sources. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const read = (name: string): string => readFileSync(join(root, name), "utf8");

/** Names of the files that `npm pack` would take, without running its scripts. */
function packed(): readonly string[] {
  const text = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    encoding: "utf8",
  });
  const [{ files }] = JSON.parse(text) as [{ readonly files: readonly { readonly path: string }[] }];
  return files.map(({ path }) => path);
}

test("the package holds what its README and CHANGELOG link to", () => {
  const names = packed();
  const linked = ["README.md", "CHANGELOG.md"]
    .flatMap((name) => [...read(name).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => match[1] as string))
    .filter((target) => !names.some((name) => name === target || name.startsWith(`${target}/`)));
  expect(linked).toEqual([]);
  expect(names).toEqual(
    expect.arrayContaining(["docs/arguments.md", "LICENSE", "assets/stories260k/model.safetensors"]),
  );
  expect(names.filter((name) => /^(src|test|bench|\.)/.test(name))).toEqual([]);
});

test("source maps hold their sources, which the package does not", () => {
  const { compilerOptions } = JSON.parse(read("tsconfig.build.json")) as {
    readonly compilerOptions: Readonly<Record<string, unknown>>;
  };
  expect(compilerOptions["sourceMap"] !== true || compilerOptions["inlineSources"] === true).toBe(true);
});

test("a checkout installs without the engine's downloads, with npm 10 and npm 11", () => {
  expect(read(".npmrc")).toMatch(/^onnxruntime-node-install=skip$/m);
  expect(JSON.parse(read("package.json"))).toMatchObject({ allowScripts: { "onnxruntime-node": false } });
});
