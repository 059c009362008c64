import { cp, mkdir, readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import { objectSource, parseRecipe, sftRecipe } from "../recipes/index.ts";
import { stories, withFolder } from "../../test/support/tiny-checkpoint.ts";
import { runInProcess } from "../../test/support/in-process.ts";
import { savedArgs } from "./saved-args.ts";

const fables = resolve(stories, "../fables/train.jsonl");
const here = (path: string): string => relative(process.cwd(), path);

test("paths are whole, names on the hub and of settings stay", async () => {
  const given = {
    model: here(stories),
    dataset: [`${here(fables)}#3`, "org/rows", "assets/fables/*.jsonl"],
    output_dir: "runs/a",
    loss_scale: "react+my.json",
    sampler: "dsir",
    sampler_args: { target: here(fables), count: 2 },
  };
  const saved = await savedArgs(parseRecipe(sftRecipe, [objectSource(given, "test")]));
  expect(saved).toMatchObject({
    model: stories,
    dataset: [`${fables}#3`, "org/rows", resolve("assets/fables/*.jsonl")],
    output_dir: resolve("runs/a"),
    loss_scale: `react+${resolve("my.json")}`,
  });
  expect(saved["sampler_args"]).toMatchObject({ target: fables });
});

test("a run that was begun with relative paths goes on from another folder", () =>
  withFolder(async (folder) => {
    const home = process.cwd();
    const [first, second] = [join(folder, "first"), join(folder, "second")];
    await Promise.all([first, second].map((path) => mkdir(path)));
    await cp(fables, join(first, "rows.jsonl"));
    try {
      process.chdir(first);
      const settings = "--max-steps 1 --max-length 64 --truncation-strategy right --output-dir runs/a".split(" ");
      const words = ["pt", "--model", relative(first, stories), "--dataset", "rows.jsonl", ...settings];
      expect(await runInProcess(words)).toMatchObject({ status: 0 });
      process.chdir(second);
      const run = join("..", "first", "runs", "a");
      const resumed = await runInProcess(["pt", "--resume-from-checkpoint", join(run, "last"), "--max-steps", "2"]);
      expect(resumed.err).toContain("step 2/2");
      expect(resumed.status).toBe(0);
      const args = JSON.parse(await readFile(join(first, "runs/a/last/args.json"), "utf8")) as Record<string, unknown>;
      expect(args).toMatchObject({ dataset: [join(first, "rows.jsonl")], output_dir: join(first, "runs/a") });
    } finally {
      process.chdir(home);
    }
  }));
