/** Arguments that training wrote beside a checkpoint or adapter, and that whoever asks the model takes over. */
import { join } from "node:path";
import { peek, savedSource, type RecipeInfo, type Source } from "../recipes/index.ts";
import { followPointer, readSavedArgs } from "./files.ts";

/** The folder that was trained: the adapter's, or the model's. */
export const trainedFolder = (model: unknown, adapters: unknown): string | undefined => {
  const adapter: unknown = Array.isArray(adapters) ? adapters[0] : undefined;
  return [adapter, model].find((value) => typeof value === "string");
};

/** The values of `keys` in args.json of the folder that is asked for; none with load_args false. */
export async function inheritedArgs(
  recipe: RecipeInfo,
  given: readonly Source[],
  keys: readonly string[],
): Promise<readonly Source[]> {
  const dir = trainedFolder(peek(recipe, given, "model"), peek(recipe, given, "adapters"));
  if (dir === undefined || peek(recipe, given, "load_args") === false) return [];
  const folder = await followPointer(dir);
  const args = await readSavedArgs(folder);
  if (args === undefined) return [];
  return [savedSource(Object.fromEntries(keys.map((key) => [key, args[key]])), join(folder, "args.json"))];
}
