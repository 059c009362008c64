/** HTML that cannot be broken by what is put into it: every value is escaped unless it is markup already. */

export interface Markup {
  readonly markup: string;
}

type Value = Markup | readonly Markup[] | string | number | undefined;

/** Markup of a template. Texts that are put in are text in the page, whatever they hold. */
export function fragment(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  let markup = parts[0] ?? "";
  for (const [i, value] of values.entries()) markup += written(value) + (parts[i + 1] ?? "");
  return { markup };
}

function written(value: Value): string {
  if (value === undefined) return "";
  if (typeof value === "string" || typeof value === "number") return escapeText(String(value));
  return "markup" in value ? value.markup : value.map(({ markup }) => markup).join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Control characters, which HTML refuses, are shown as one that stands for them. */
function escapeText(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => entities[character] as string)
    .replaceAll(/[^\n\t\P{Cc}]|\p{Cs}|[\uFFFE\uFFFF]/gu, "\uFFFD");
}

/** Markup made here, of nothing that comes from outside. */
export const trusted = (markup: string): Markup => ({ markup });
