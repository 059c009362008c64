/** Recipes: what each verb accepts, and how it is read. */
export { configSource } from "./config-file.ts";
export { objectSource, savedSource, type Entry, type Source } from "./entries.ts";
export type { FieldInfo, FieldKind } from "./field.ts";
export { parseRecipe, flagName, peek, type Problem } from "./parse.ts";
export { recipeJsonSchema, type Recipe, type RecipeInfo } from "./recipe.ts";
export { deployRecipe, type DeployArgs } from "./deploy.ts";
export { doctorRecipe } from "./doctor.ts";
export { inferRecipe, type InferArgs } from "./infer.ts";
export { mergeLoraRecipe, type MergeLoraArgs } from "./merge-lora.ts";
export { ptRecipe } from "./pt.ts";
export { quickstartRecipe, type QuickstartArgs } from "./quickstart.ts";
export { sftRecipe, type TrainingArgs } from "./sft.ts";
