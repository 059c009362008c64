/**
 * A recipe: all keys that one verb accepts, in groups, and the step that fills in what depends on other keys.
 * The object a recipe yields is what is written to args.json: snake_case keys, as in a YAML file.
 */
import * as z from "zod";
import { internal } from "../base/errors.ts";
import { fieldInfo, type FieldInfo } from "./field.ts";
import type { Group } from "./group.ts";

/** Says that a key is wrong in the light of the others; all are collected. `path` leads to a value inside of it. */
export type Report = (key: string, problem: string, path?: readonly PropertyKey[]) => void;

/** A value for something inside of a recipe: `--words_num_filter.min_num=5`. */
export interface Override {
  readonly operator: string;
  readonly argument: string;
  readonly word: string;
  /** Flag, for messages. */
  readonly where: string;
}

/** What can be shown of a recipe. */
export interface RecipeInfo {
  readonly verb: string;
  readonly groups: readonly {
    readonly title: string;
    readonly brief: boolean;
    readonly fields: readonly FieldInfo[];
  }[];
  readonly fields: ReadonlyMap<string, FieldInfo>;
  readonly schema: z.ZodType;
  /** The key that words without a flag belong to; without one, the first word is a file of arguments. */
  readonly positional: string | undefined;
  /** Whether flags with a dot (`--operator.argument=value`) are taken. */
  readonly dotted: boolean;
}

export interface Recipe<Shape extends z.core.$ZodShape, Args> extends RecipeInfo {
  readonly schema: z.ZodObject<Shape, z.core.$strict>;
  /** Fills in dependent defaults and checks keys against each other. */
  readonly finish: Finish<Shape, Args>;
}

/** How keys were given. */
export interface Given {
  readonly overrides: readonly Override[];
  /** Keys whose value is that of a file. */
  readonly fileKeys: ReadonlySet<string>;
  /** Keys whose value is that of an earlier run or of an adapter. */
  readonly savedKeys: ReadonlySet<string>;
}

type Finish<Shape extends z.core.$ZodShape, Args> = (
  args: z.output<z.ZodObject<Shape, z.core.$strict>>,
  report: Report,
  given: Given,
) => Args;

export interface RecipeDefinition<Shape extends z.core.$ZodShape, Args> {
  readonly verb: string;
  /** Headings in the order of the help; keys of a group that are not in `shape` are left out. */
  readonly groups: readonly Group[];
  readonly shape: Shape;
  readonly finish: Finish<Shape, Args>;
  readonly positional?: string;
  readonly dotted?: boolean;
}

export function defineRecipe<Shape extends z.core.$ZodShape, Args>(
  definition: RecipeDefinition<Shape, Args>,
): Recipe<Shape, Args> {
  const { verb, shape, finish, positional, dotted = false } = definition;
  const fields = new Map(Object.entries(shape).map(([key, schema]) => [key, fieldInfo(key, schema)]));
  const groups = definition.groups.map(({ title, brief = false, shape: members }) => ({
    title,
    brief,
    fields: Object.keys(members).flatMap((key) => fields.get(key) ?? []),
  }));
  const grouped = new Set(groups.flatMap((group) => group.fields.map(({ key }) => key)));
  for (const key of fields.keys()) if (!grouped.has(key)) internal(`the key ${key} of ${verb} is in no group`);
  return { verb, groups, fields, schema: z.strictObject(shape), finish, positional, dotted };
}

/** JSON Schema (draft 2020-12) of a verb's YAML file, for editors and other programs. */
export function recipeJsonSchema(recipe: RecipeInfo): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(recipe.schema, { io: "input" });
  return { $schema, title: `tunesmith ${recipe.verb}`, ...schema };
}
