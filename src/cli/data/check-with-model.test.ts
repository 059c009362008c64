/** With a model, `data check` counts and names the rows that training would leave out, in the same words. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runInProcess } from "../../../test/support/in-process.ts";
import { stories, withFolder } from "../../../test/support/tiny-checkpoint.ts";
import { loadRows } from "../../data/dataset.ts";
import { loadModel } from "../../models/load.ts";
import { parseRecipe, savedSource, sftRecipe } from "../../recipes/index.ts";
import { encodeOptions } from "../../train/encode-options.ts";
import { prepareSamples } from "../../train/prepare.ts";

const template =
  "{% for m in messages %}{% if m.content == 'bad' %}{{ raise_exception('no bad words') }}{% endif %}" +
  "{{ '<s>' + m.role + ': ' + m.content + '</s>' }}{% endfor %}{% if add_generation_prompt %}{{ '<s>assistant: ' }}{% endif %}";

const rows = [
  { query: "One?", response: "1" },
  { query: "Two?", response: "2 ".repeat(100) },
  { query: "bad", response: "3" },
  { query: "Four?" },
  {
    tools: [{ type: "function", function: { name: "now", parameters: { type: "object", properties: {} } } }],
    messages: [
      { role: "user", content: "time?" },
      { role: "tool_call", content: '{"name": "now", "arguments": {}}' },
      { role: "tool_response", content: "12" },
      { role: "assistant", content: "Noon." },
    ],
  },
  {
    messages: [
      { role: "user", content: "a" },
      { role: "assistant", content: "b", mood: "glad" },
    ],
  },
];

test("data check --model leaves out what training leaves out", () =>
  withFolder(async (folder) => {
    const [file, jinja] = [join(folder, "rows.jsonl"), join(folder, "t.jinja")];
    await writeFile(jinja, template);
    await writeFile(file, `${rows.map((row) => JSON.stringify(row)).join("\n")}\n{\n`);
    const flags = ["--model", stories, "--template", jinja, "--max-length", "64"];
    const { status, out } = await runInProcess(["data", "check", file, ...flags, "--json"]);
    expect(status).toBe(1);
    const check = JSON.parse(out) as {
      readonly good: number;
      readonly problems: readonly { readonly reason: string }[];
      readonly unread: unknown;
      readonly refused: unknown;
    };

    const args = parseRecipe(sftRecipe, [
      savedSource({ model: stories, dataset: [file], max_length: 64, output_dir: folder }, "test"),
    ]);
    const loaded = await loadRows([file], { purpose: "sft", seed: 1, strict: false });
    const model = await loadModel(stories, { template: { source: template } });
    const { vocabSize } = model.config;
    const prepared = await prepareSamples(loaded.train, { encode: await encodeOptions(model, args), vocabSize });
    const byReason = (list: readonly { readonly reason: string }[]) =>
      [...list].sort((a, b) => (a.reason < b.reason ? -1 : 1));
    expect(byReason(check.problems)).toEqual(byReason([...loaded.dropped, ...prepared.dropped]));
    expect(check.problems).toHaveLength(5);
    expect(check.good).toBe(prepared.samples.length);
    expect(check.unread).toEqual([...prepared.unread, ...loaded.unread]);
    expect(check.refused).toEqual(prepared.problems.map(({ message }) => message));
  }));

test("prompts are looked at as infer would ask them", () =>
  withFolder(async (folder) => {
    const file = join(folder, "rows.jsonl");
    await writeFile(
      file,
      [{ query: "short" }, { query: "long ".repeat(400) }].map((row) => JSON.stringify(row)).join("\n"),
    );
    const { status, out } = await runInProcess(["data", "check", file, "--for", "infer", "--model", stories]);
    expect(status).toBe(1);
    expect(out).toContain("✗ 1 of 2 rows can be used for infer");
    expect(out).toContain("1 × too long, or empty");
    expect(out).toContain("rows.jsonl:2: the prompt has");
  }));

test("what is of the model alone needs one", async () => {
  const { status, err } = await runInProcess(["data", "check", "rows.jsonl", "--max-length", "64"]);
  expect(status).toBe(2);
  expect(err).toContain("is for model, which is not given");
});
