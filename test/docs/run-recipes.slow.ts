/** Runs Data-Juicer's recipes, as they are or with what they need. UPDATE_DOCS=1 records what happened. */
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { judge, publishedRecipes, runsFile, type RecipeRun } from "./data-pages.ts";
import { giftsFor, withRecipeRunner } from "./run-recipes.ts";

it("runs the recipes that docs/data-juicer.md says run", { timeout: 600_000 }, async () => {
  const recipes = publishedRecipes().recipes.filter((recipe) => {
    const { missing, others } = judge(recipe);
    return missing.length + others.length === 0;
  });
  const runs = await withRecipeRunner(async (run) => {
    const all: RecipeRun[] = [];
    for (const recipe of recipes) {
      const { path } = recipe;
      const gifts = giftsFor(recipe);
      const alone = await run(recipe, []);
      const error = alone === undefined || gifts.length === 0 ? alone : await run(recipe, gifts);
      const needs = alone === undefined || error !== undefined ? [] : gifts.map(({ says }) => says);
      all.push({ path, needs, ...(error === undefined ? {} : { error }) });
    }
    return all;
  });
  const made = `${JSON.stringify({ made_by: "UPDATE_DOCS=1 npx vitest run --project slow test/docs", runs }, null, 1)}\n`;
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(runsFile, made);
  expect(readFileSync(runsFile, "utf8")).toBe(made);
  expect(runs.length).toBeGreaterThan(40);
});
