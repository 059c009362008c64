import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { runInProcess } from "../../test/support/in-process.ts";
import { stories, withFolder } from "../../test/support/tiny-checkpoint.ts";

test("merge-lora writes a card: the base, the adapter, what it was trained on, and the check", () =>
  withFolder(async (folder) => {
    const run = join(folder, "demo");
    const rows = join(stories, "../fables/train.jsonl");
    const settings = "--max-steps 1 --max-length 64 --truncation-strategy right --split-dataset-ratio 0".split(" ");
    const words = ["pt", "--model", stories, "--dataset", rows, ...settings, "--output-dir", run];
    expect(await runInProcess(words)).toMatchObject({ status: 0 });
    const merged = join(folder, "merged");
    const merging = ["merge-lora", "--adapters", join(run, "last"), "--output-dir", merged];
    expect(await runInProcess(merging)).toMatchObject({ status: 0 });
    const card = await readFile(join(merged, "README.md"), "utf8");
    expect(parse(card.split("---\n")[1] ?? "")).toMatchObject({
      base_model: "stories260k",
      base_model_relation: "finetune",
      library_name: "transformers",
      datasets: ["train"],
    });
    expect(card).toContain("the adapter `demo/checkpoint-1` merged into its weights");
    expect(card).toContain("| peft_type | LORA |\n| r | 8 |");
    expect(card).toMatch(/the likeliest next token is the same in 100\.0% of places/);
    // A card is no strange file in the way of a second merge.
    expect(await runInProcess([...merging, "--overwrite-output-dir"])).toMatchObject({ status: 0 });
  }));
