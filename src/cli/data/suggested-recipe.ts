/** The recipe that an analysis suggests, as YAML with the numbers that it rests on. */
import type { Analysis } from "../../data/analyze/analysis.ts";
import { formatInteger } from "../../reports/format.ts";

export function suggestedRecipe({ suggestion, good, files }: Analysis, textKey: string): string {
  const [first = "", ...more] = files;
  const names = oneLine(more.length === 0 ? first : `${first} and ${more.length} more`);
  const lines = [
    `# What lies within three standard deviations of the mean in ${names} (${formatInteger(good)} rows).`,
    "# A starting point: look at the rows beyond a bound before you trust it.",
    "",
    ...(textKey === "text" ? [] : [`text_keys: ${JSON.stringify(textKey)}`, ""]),
    suggestion.length === 0 ? "process: []" : "process:",
  ];
  for (const { operator, statistic, args, mean, std } of suggestion) {
    lines.push(`  - ${operator}: # ${statistic}: mean ${digits(mean)}, std ${digits(std)}`);
    for (const [key, value] of args) lines.push(`      ${key}: ${value}`);
  }
  return `${lines.join("\n")}\n`;
}

const digits = (value: number): string => String(Number(value.toPrecision(4)));

/** Names of files are untrusted: none ends the comment it stands in. */
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, "?");
