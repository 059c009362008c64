import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { dataJuicerPage, operatorsPage } from "./data-pages.ts";
import { argumentsPage, errorsPage } from "./render.ts";
import { verbs } from "../../src/cli/verbs.ts";
import { recipeJsonSchema } from "../../src/recipes/index.ts";
import { families } from "../../src/models/families/index.ts";
import { comparedModels, modelsPage } from "./models-page.ts";
import { dataArguments, trainingArguments } from "./library-arguments.ts";
import { samplersPage } from "./samplers-page.ts";
import { tunersPage } from "./tuners-page.ts";

/** Arguments of the library as TypeScript: what the schemas say, where editors show it. */
const sources = {
  "training-arguments.ts": trainingArguments,
  "data-arguments.ts": dataArguments,
} as const;

test.each(Object.entries(sources))("src/recipes/%s is up to date", async (name, render) => {
  await expectUpToDate(`src/recipes/${name}`, await render());
});

/** Schemas of the files that each verb takes, at a path that editors can be pointed to. */
test.each(Object.entries(verbs))("assets/schemas has that of %s, up to date", async (name, { load }) => {
  const schema = recipeJsonSchema((await load()).recipe);
  await expectUpToDate(`assets/schemas/${name.replace(" ", "-")}.json`, `${JSON.stringify(schema, null, 2)}\n`);
});

const pages = {
  "errors.md": errorsPage,
  "arguments.md": argumentsPage,
  "operators.md": operatorsPage,
  "data-juicer.md": dataJuicerPage,
  "samplers.md": samplersPage,
  "tuners.md": tunersPage,
  "models.md": modelsPage,
} as const;

test.each(Object.entries(pages))("docs/%s is up to date", async (name, render) => {
  await expectUpToDate(`docs/${name}`, await render());
});

async function expectUpToDate(name: string, wanted: string): Promise<void> {
  const path = new URL(`../../${name}`, import.meta.url);
  if (process.env["UPDATE_DOCS"] === "1") await writeFile(path, wanted);
  const found = await readFile(path, "utf8").catch(() => "");
  const advice = `${name} is stale: run UPDATE_DOCS=1 npx vitest run --project unit test/docs`;
  expect(found === wanted, advice).toBe(true);
}

test("every family of models is compared with transformers", () => {
  expect(families.filter(({ modelType }) => comparedModels(modelType).length === 0)).toEqual([]);
});
