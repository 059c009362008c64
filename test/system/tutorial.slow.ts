/** The commands of docs/tutorial.md and the files of examples/, run as they stand. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { buildCli, runCli } from "../support/cli.ts";

const root = join(import.meta.dirname, "../..");
beforeAll(buildCli);

/** Splits a command line at blanks; quotes hold words together. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");

function inFolder(look: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "tunesmith-tutorial-"));
  try {
    look(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("the tutorial runs from its first to its last command", () => {
  const text = readFileSync(join(root, "docs/tutorial.md"), "utf8");
  const commands = [...text.matchAll(/^```bash\n([^]*?)^```/gm)].flatMap((match) =>
    (match[1] ?? "").trim().split("\n"),
  );
  expect(commands.length).toBeGreaterThan(5);
  inFolder((folder) => {
    mkdirSync(join(folder, "node_modules/tunesmith"), { recursive: true });
    symlinkSync(join(root, "assets"), join(folder, "node_modules/tunesmith/assets"));
    for (const command of commands) {
      const [npx, program, ...words] = wordsOf(command);
      expect([npx, program]).toEqual(["npx", "tunesmith"]);
      expect(runCli(words, { cwd: folder }), command).toMatchObject({ status: 0 });
    }
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(["analysis.html", "clean.jsonl", "merged", "runs"]));
    expect(readdirSync(join(folder, "runs/fables"))).toContain("report.html");
  });
});

test.each([
  ["sft.yaml", ["sft"]],
  ["process.yaml", ["data", "process"]],
])("examples/%s runs", (name, verb) => {
  inFolder((folder) => {
    for (const part of ["assets", "examples"]) cpSync(join(root, part), join(folder, part), { recursive: true });
    expect(runCli([...verb, join("examples", name)], { cwd: folder })).toMatchObject({ status: 0 });
  });
});
