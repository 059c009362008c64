import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { baseModelName, modelCard, readBaseCard } from "./model-card.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "card-"));
});
afterAll(() => rm(folder, { recursive: true }));

const facts = {
  baseModel: "org/base",
  inherited: {},
  adapter: false,
  datasets: ["rows `|", "more"],
  method: "sft",
  version: "1.2.3",
  settings: { learning_rate: 1e-4, target_modules: ["q_proj"], lora_rank: null },
};

test("licence and language of the base's card are kept, and none is made up", async () => {
  expect(await readBaseCard(folder)).toEqual({});
  const head = "license: other\nlicense_name: llama3\nlicense_link: LICENSE\nlanguage: [en, de]\ntags: [x]";
  await writeFile(join(folder, "README.md"), `---\n${head}\n---\n# Base\n`);
  const inherited = await readBaseCard(folder);
  expect(inherited).toEqual({
    license: "other",
    license_name: "llama3",
    license_link: "LICENSE",
    language: ["en", "de"],
  });
  const [, front = ""] = modelCard({ ...facts, inherited }, { step: 1, history: [] }).split("---\n");
  expect(parse(front)).toMatchObject({ ...inherited, base_model: "org/base", library_name: "transformers" });
  for (const broken of [
    "---\n[: {\n---\n",
    "no front matter",
    "---\n- a\n- b\n---\n",
    "---\na: &x 1\nlicense: *x\n---\n",
  ]) {
    await writeFile(join(folder, "README.md"), broken);
    expect(await readBaseCard(folder)).toEqual({});
  }
});

test("the base is named as a repository where that is known", () => {
  expect(baseModelName("/data/models/SmolLM2/", "HuggingFaceTB/SmolLM2-135M")).toBe("HuggingFaceTB/SmolLM2-135M");
  expect(baseModelName("/data/models/SmolLM2/", "/home/someone/base")).toBe("SmolLM2");
});

test("names of files make no markup, and results are the last ones", () => {
  const history: readonly Readonly<Record<string, number>>[] = [
    { step: 1, loss: 3 },
    { step: 2, loss: 2.5 },
    { step: 2, eval_loss: 2.25 },
  ];
  const card = modelCard(facts, { step: 2, history });
  expect(card).toContain("trained on `rows   `, `more` with Tunesmith 1.2.3.");
  expect(card).toContain("- training loss: 2.500 at step 2\n- evaluation loss: 2.250 at step 2\n");
  expect(card).toContain('| target_modules | ["q_proj"] |');
  expect(card).not.toContain("lora_rank");
});
