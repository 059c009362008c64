/** Leaves words out of a text, as Data-Juicer does it: lines and tabs stay where something stands between them. */

/** Words are cut at spaces, tabs and line ends; several in a row become one. */
export function filterWords(text: string, stays: (word: string) => boolean): string {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    const cells: string[] = [];
    for (const cell of line.split("\t")) {
      const words = cell.split(" ").filter((word) => word !== "" && stays(word));
      if (words.length > 0) cells.push(words.join(" "));
    }
    if (cells.length > 0) lines.push(cells.join("\t"));
  }
  return lines.join("\n");
}
