/**
 * A recipe: all keys that one verb accepts, in groups, and the step that fills in what depends on other keys.
 * The object a recipe yields is what is written to args.json: snake_case keys, as in a YAML file.
 */
import * as z from "zod";
import { internal } from "../base/errors.ts";
import { fieldInfo, type FieldInfo } from "./field.ts";
import type { Group } from "./group.ts";

/** Says that a key is wrong in the light of the others; all are collected. */
export type Report = (key: string, problem: string) => void;

/** What can be shown of a recipe. */
export interface RecipeInfo {
  readonly verb: string;
  readonly groups: readonly { readonly title: string; readonly fields: readonly FieldInfo[] }[];
  readonly fields: ReadonlyMap<string, FieldInfo>;
  readonly schema: z.ZodType;
}

export interface Recipe<Shape extends z.core.$ZodShape, Args> extends RecipeInfo {
  readonly schema: z.ZodObject<Shape, z.core.$strict>;
  /** Fills in dependent defaults and checks keys against each other. */
  readonly finish: (args: z.output<z.ZodObject<Shape, z.core.$strict>>, report: Report) => Args;
}

export interface RecipeDefinition<Shape extends z.core.$ZodShape, Args> {
  readonly verb: string;
  /** Headings in the order of the help; keys of a group that are not in `shape` are left out. */
  readonly groups: readonly Group[];
  readonly shape: Shape;
  readonly finish: (args: z.output<z.ZodObject<Shape, z.core.$strict>>, report: Report) => Args;
}

export function defineRecipe<Shape extends z.core.$ZodShape, Args>(
  definition: RecipeDefinition<Shape, Args>,
): Recipe<Shape, Args> {
  const { verb, shape, finish } = definition;
  const fields = new Map(Object.entries(shape).map(([key, schema]) => [key, fieldInfo(key, schema)]));
  const groups = definition.groups.map(({ title, shape: members }) => ({
    title,
    fields: Object.keys(members).flatMap((key) => fields.get(key) ?? []),
  }));
  const grouped = new Set(groups.flatMap((group) => group.fields.map(({ key }) => key)));
  for (const key of fields.keys()) if (!grouped.has(key)) internal(`the key ${key} of ${verb} is in no group`);
  return { verb, groups, fields, schema: z.strictObject(shape), finish };
}

/** JSON Schema (draft 2020-12) of a verb's YAML file, for editors and other programs. */
export function recipeJsonSchema(recipe: RecipeInfo): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(recipe.schema, { io: "input" });
  return { $schema, title: `tunesmith ${recipe.verb}`, ...schema };
}
