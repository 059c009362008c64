/** The tokenizer and chat template as files of a checkpoint, so that who loads it renders what was trained. */
import type { ChatTemplate } from "./chat-template.ts";
import type { TextFile, Tokenizer } from "./tokenizer.ts";

/**
 * The tokenizer's own files, and the template in chat_template.jinja, which every current reader prefers. Another
 * template in tokenizer_config.json would contradict it for older readers, so that one text is replaced too.
 */
export function checkpointFiles(tokenizer: Tokenizer, template: ChatTemplate | undefined): TextFile[] {
  const files = tokenizer.files.filter((file) => template === undefined || file.name !== "chat_template.jinja");
  if (template === undefined) return files;
  const encoder = new TextEncoder();
  const adjusted = files.map((file) => {
    if (file.name !== "tokenizer_config.json") return file;
    const config = JSON.parse(new TextDecoder().decode(file.bytes)) as Record<string, unknown>;
    if (typeof config["chat_template"] !== "string" || config["chat_template"] === template.source) return file;
    const text = JSON.stringify({ ...config, chat_template: template.source }, undefined, 2);
    return { name: file.name, bytes: encoder.encode(`${text}\n`) };
  });
  return [...adjusted, { name: "chat_template.jinja", bytes: encoder.encode(template.source) }];
}
