import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { dataJuicerPage, operatorsPage } from "./data-pages.ts";
import { argumentsPage, errorsPage } from "./render.ts";
import { samplersPage } from "./samplers-page.ts";

const pages = {
  "errors.md": errorsPage,
  "arguments.md": argumentsPage,
  "operators.md": operatorsPage,
  "data-juicer.md": dataJuicerPage,
  "samplers.md": samplersPage,
} as const;

test.each(Object.entries(pages))("docs/%s is up to date", async (name, render) => {
  const path = new URL(`../../docs/${name}`, import.meta.url);
  const wanted = await render();
  if (process.env["UPDATE_DOCS"] === "1") await writeFile(path, wanted);
  const found = await readFile(path, "utf8").catch(() => "");
  const advice = `docs/${name} is stale: run UPDATE_DOCS=1 npx vitest run --project unit test/docs`;
  expect(found === wanted, advice).toBe(true);
});
