/** Which files of a model's repository are needed: configs, safetensors, tokenizer, chat templates. */
import { fail } from "../../base/errors.ts";

const named: ReadonlySet<string> = new Set([
  "config.json",
  "generation_config.json",
  "adapter_config.json",
  "args.json",
  "base_model_fingerprint.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
  "tokenizer.model",
  "chat_template.jinja",
  "chat_template.json",
  "adapter_model.safetensors",
]);
const SHARD = /^model-\d{5}-of-\d{5}\.safetensors$/;

/** @throws E_HUB_NAME when the repository holds no model that can be read */
export function modelFiles(paths: readonly string[], name: string): readonly string[] {
  const whole = paths.includes("model.safetensors");
  const isWeight = (path: string): boolean =>
    whole ? path === "model.safetensors" : SHARD.test(path) || path === "model.safetensors.index.json";
  const chosen = paths.filter(
    (path) => named.has(path) || isWeight(path) || /^additional_chat_templates\/[^/]+\.jinja$/.test(path),
  );
  if (chosen.some((path) => path.endsWith(".safetensors"))) return chosen;
  const gguf = paths.filter((path) => path.endsWith(".gguf"));
  const pickled = paths.some((path) => /\.(bin|pth?|ckpt)$/.test(path));
  return fail("E_HUB_NAME", {
    where: name,
    what:
      gguf.length > 0
        ? `the repository holds no safetensors, but ${gguf.length} GGUF files such as ${gguf[0]}.`
        : `the repository holds no safetensors${pickled ? ", only weights that may run code when read" : ""}.`,
    fix: gguf.length > 0 ? "Download one of them and give its path as --model." : "Name a repository with safetensors.",
  });
}
