/**
 * Reads the tokenizer files of a checkpoint folder. The only file of text/ besides load-loss-scale.ts that
 * touches the disk. Sizes are limited, since a checkpoint is somebody else's input.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "../base/errors.ts";
import { readRegularFile } from "../formats/read-file.ts";
import { createTokenizer, type TextFile, type Tokenizer } from "./tokenizer.ts";

const MiB = 1 << 20;

/** Files that belong to a tokenizer, with the largest size we read. The largest published tokenizer.json has 33 MB. */
const limits: Readonly<Record<string, number>> = {
  "tokenizer.json": 256 * MiB,
  "tokenizer_config.json": 16 * MiB,
  "special_tokens_map.json": MiB,
  "added_tokens.json": 16 * MiB,
  "chat_template.jinja": MiB,
  "vocab.json": 64 * MiB,
  "merges.txt": 64 * MiB,
  "tokenizer.model": 64 * MiB,
};

/** Tokenizers of other libraries, which transformers turns into tokenizer.json. */
const otherTokenizers = /^(?:vocab\.(?:json|txt)|.*\.model|.*\.tiktoken|tekken\.json)$/;

/** Reads a checkpoint's tokenizer. Throws E_TEXT_TOKENIZER with what is missing or broken. */
export async function loadTokenizer(dir: string): Promise<Tokenizer> {
  const present = new Set(await list(dir));
  if (!present.has("tokenizer.json")) {
    const others = [...present].filter((name) => otherTokenizers.test(name)).sort();
    fail("E_TEXT_TOKENIZER", {
      where: dir,
      what:
        others.length > 0
          ? `There is no tokenizer.json here, only ${others.join(" and ")}.`
          : "There is no tokenizer.json in this folder.",
      ...(others.length > 0 && {
        fix:
          "Convert it once, where Python, transformers and sentencepiece or tiktoken are: " +
          "AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR), or take tokenizer.json from the model's page.",
      }),
    });
  }
  const files: TextFile[] = [];
  for (const [name, limit] of Object.entries(limits)) {
    if (present.has(name)) files.push({ name, bytes: await readLimited(join(dir, name), limit) });
  }
  if (present.has("additional_chat_templates")) {
    for (const name of (await list(join(dir, "additional_chat_templates"))).sort()) {
      if (!name.endsWith(".jinja")) continue;
      const path = join("additional_chat_templates", name);
      files.push({ name: `additional_chat_templates/${name}`, bytes: await readLimited(join(dir, path), MiB) });
    }
  }
  return createTokenizer(files, dir);
}

async function list(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (cause) {
    return fail("E_TEXT_TOKENIZER", { where: dir, what: "The folder cannot be read.", cause });
  }
}

const readLimited = (path: string, limit: number): Promise<Uint8Array> =>
  readRegularFile(path, { code: "E_TEXT_TOKENIZER", limit });
