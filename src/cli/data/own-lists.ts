/**
 * Recipes of Data-Juicer name a folder of word lists (`./assets`) that Data-Juicer fills by a download. Where such a
 * folder holds no list, the package's own lists stand in, and that is said.
 */
import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { Step } from "../../data/engine/steps.ts";

const kinds: Readonly<Record<string, string>> = { stopwords_dir: "stopwords", flagged_words_dir: "flagged_words" };

/** The steps, without arguments that name a folder in which there is no list. */
export async function withOwnLists<S extends Step>(
  steps: readonly S[],
  onNote: (text: string) => void,
): Promise<readonly S[]> {
  const changed: S[] = [];
  for (const step of steps) {
    let args = step.args;
    for (const [key, kind] of Object.entries(kinds)) {
      const folder = args[key];
      if (typeof folder !== "string" || (await hasList(folder, kind))) continue;
      onNote(`${step.name}: ${folder} has no file of ${kind}; the lists that come with the package are used`);
      args = Object.fromEntries(Object.entries(args).filter(([name]) => name !== key));
    }
    changed.push(args === step.args ? step : { ...step, args });
  }
  return changed;
}

async function hasList(folder: string, kind: string): Promise<boolean> {
  const names = await readdir(resolve(folder)).catch(() => []);
  return names.some((name) => name.endsWith(".json") && name.includes(kind));
}
