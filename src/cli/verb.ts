/** A verb of the command line: its arguments, its examples and what it does. */
import type * as z from "zod";
import { parseRecipe, type Recipe, type RecipeInfo, type Source } from "../recipes/index.ts";
import type { Context } from "./context.ts";

/** Returns the exit status; nothing means 0. */
type Run<Args> = (args: Args, context: Context) => Promise<number | undefined>;

export interface VerbDefinition<Shape extends z.core.$ZodShape, Args> {
  readonly recipe: Recipe<Shape, Args>;
  /** Words that make the simplest call, for the usage line. */
  readonly usage: string;
  /** Command lines that run as they stand; `assets` is the folder that comes with the package. */
  readonly examples: (assets: string) => readonly string[];
  /** Arguments from an earlier run, below everything that is given now. */
  readonly saved?: (given: readonly Source[]) => Promise<readonly Source[]>;
  /** A signal is how it ends: no failure. */
  readonly endsBySignal?: boolean;
  readonly run: Run<Args>;
}

export interface Verb {
  readonly recipe: RecipeInfo;
  readonly usage: string;
  readonly examples: (assets: string) => readonly string[];
  /** Parses without running: throws E_RECIPE_INVALID. */
  readonly check: (sources: readonly Source[]) => void;
  readonly endsBySignal: boolean;
  readonly start: (sources: readonly Source[], context: Context) => Promise<number>;
}

export function defineVerb<Shape extends z.core.$ZodShape, Args>(definition: VerbDefinition<Shape, Args>): Verb {
  const { recipe, usage, examples, saved, run, endsBySignal = false } = definition;
  return {
    recipe,
    usage,
    examples,
    endsBySignal,
    check: (sources) => {
      parseRecipe(recipe, sources);
    },
    start: async (sources, context) => {
      const earlier = saved === undefined ? [] : await saved(sources);
      return (await run(parseRecipe(recipe, [...earlier, ...sources]), context)) ?? 0;
    },
  };
}
