/** Data-Juicer's published recipes through the parser of `data process`. */
import { describe, expect, it } from "vitest";
import { operators } from "../../src/data/operators/index.ts";
import { dataJuicerOperators } from "../../src/recipes/data-juicer-operators.ts";
import { judge, publishedRecipes } from "./data-pages.ts";

/** What is wrong with recipes beside operators that are missing. */
const refused: Readonly<Record<string, RegExp>> = {
  // A catalogue of all keys and arguments with examples, among them a comma too many and names of older versions.
  "configs/config_all.yaml":
    /custom_operator_paths|notification|annotation|dataset: |image_captioning_from_gpt4v|trust_remote_code|retain_html_tags|audio_size_filter|entity_attribute_key/,
  "configs/annotation/annotation_with_notifications.yaml": /notification/,
  "configs/demo/process-huggingface.yaml": /type remote is not supported/,
};

const { recipes } = publishedRecipes();

describe("recipes of Data-Juicer", () => {
  it("are there", () => expect(recipes.length).toBeGreaterThan(50));

  it.each(recipes.map((recipe) => [recipe.path, recipe] as const))(
    "%s parses, but for missing operators",
    (path, recipe) => {
      const { missing, others } = judge(recipe);
      const known = refused[path];
      expect(others.filter((line) => known === undefined || !known.test(line))).toEqual([]);
      for (const name of missing) {
        if (path !== "configs/config_all.yaml") expect(dataJuicerOperators.has(name), name).toBe(true);
        expect(operators.has(name)).toBe(false);
      }
    },
  );
});
