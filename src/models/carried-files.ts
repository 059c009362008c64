/**
 * What a checkpoint hands on besides its weights. A folder of somebody else may hold links in place of such files; one
 * that leads out of the folder would put a file of this machine into every checkpoint made from it, and is refused.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "../base/errors.ts";
import { linkOutside } from "../formats/link-outside.ts";

/** What makes a checkpoint usable besides config and weights. */
export const carried: readonly string[] = [
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "tokenizer.model",
  "chat_template.jinja",
  "chat_template.json",
];
export const carriedFolder = "additional_chat_templates";

/** Names of a folder's carried files, those of chat templates with their folder. */
export async function listCarried(dir: string): Promise<readonly string[]> {
  const list = (path: string): Promise<string[]> => readdir(path).catch(() => []);
  const present = new Set(await list(dir));
  const more = (await list(join(dir, carriedFolder))).filter((name) => name.endsWith(".jinja")).sort();
  return [...carried.filter((name) => present.has(name)), ...more.map((name) => `${carriedFolder}/${name}`)];
}

/** To be asked before a model of these folders is written anew. @throws E_MODEL_FILE */
export async function refuseCarriedLinks(dirs: Iterable<string>): Promise<void> {
  for (const dir of new Set(dirs)) {
    for (const name of [...(await listCarried(dir)), "config.json", "generation_config.json"]) {
      const target = await linkOutside(join(dir, name), dir);
      if (target === undefined) continue;
      fail("E_MODEL_FILE", {
        where: join(dir, name),
        what: `this is a link to ${target}, outside of its folder, and would be copied into what is saved.`,
        fix: "If you know that file and want it saved with the model, put a copy in place of the link.",
      });
    }
  }
}
