/** What generated pages share. */
import type { FieldInfo } from "../../src/recipes/field.ts";

export const generated = (command: string): string =>
  `<!-- Made from the source; change it there and run ${command}. -->`;

export const command = "`UPDATE_DOCS=1 npx vitest run --project unit test/docs`";

export const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

export const kindText = (info: FieldInfo): string => {
  const { kind, item, choices } = info;
  if (choices !== undefined)
    return `${kind === "list" ? "list of " : ""}${choices.map((word) => `\`${word}\``).join(", ")}`;
  return kind === "list" ? `list of ${item}s` : kind;
};
