import { expect, test } from "vitest";
import { foreignVerbs, verbs } from "../cli/verbs.ts";
import { runInProcess } from "../../test/support/in-process.ts";
import { plannedKeys, plannedValues, plannedVerbs } from "./planned.ts";
import { sftRecipe } from "./sft.ts";

const sft = (...words: readonly string[]) => runInProcess(["sft", "--model", "m", "--dataset", "d.jsonl", ...words]);

test("what is planned is not there: a line goes when the thing comes", () => {
  for (const name of Object.keys(plannedVerbs)) expect({ ...verbs, ...foreignVerbs }).not.toHaveProperty([name]);
  for (const key of Object.keys(plannedKeys)) expect(sftRecipe.fields.has(key)).toBe(false);
  for (const [key, values] of Object.entries(plannedValues)) {
    const choices = sftRecipe.fields.get(key)?.choices ?? [];
    expect(choices.length).toBeGreaterThan(0);
    expect(choices.filter((choice) => Object.hasOwn(values, choice))).toEqual([]);
  }
});

test("planned verbs, keys and values say so, and what there is instead", async () => {
  expect(await runInProcess(["rlhf", "--model", "m"])).toMatchObject({
    status: 2,
    err: expect.stringContaining("The verb rlhf is planned and not in this version; `tunesmith sft`"),
  });
  expect((await sft("--load-in-4bit", "true")).err).toContain("unknown key --load-in-4bit; it is planned");
  expect((await sft("--tuner-type", "bone")).err).toContain('got "bone". "bone" is planned');
  expect((await sft("--use-galore", "true")).err).toContain("it is `--optim galore_adamw` here.");
});

test("a comma in a list is named", async () => {
  expect((await sft("--report-to", "tensorboard,none")).err).toContain(
    "Entries are separated by blanks, not commas: --report-to tensorboard none.",
  );
  const model = "assets/stories260k";
  const common = ["sft", "--model", model, "--output-dir", "/tmp/never-written-by-tunesmith", "--device", "cpu"];
  const missing = await runInProcess([...common, "--dataset", "a.jsonl,b.jsonl"]);
  expect(missing.err).toContain("separated by blanks, not commas: a.jsonl b.jsonl.");
  const modules = await runInProcess(
    [
      ...common,
      "--dataset",
      "assets/fables/held-out.jsonl",
      "--use-chat-template",
      "false",
      "--max-length",
      "512",
    ].concat([
      "--truncation-strategy",
      "right",
      "--target-modules",
      "q_proj,v_proj",
      "--columns",
      '{"text":"response"}',
    ]),
  );
  expect(modules.err).toContain("Names are separated by blanks, not commas: q_proj v_proj.");
});
