/** `re.split` of Python. */

/** The texts between matches, and what groups found (undefined where they took no part). Empty matches cut too. */
export function splitAt(text: string, pattern: RegExp): readonly (string | undefined)[] {
  const parts: (string | undefined)[] = [];
  let last = 0;
  for (const match of text.matchAll(pattern)) {
    parts.push(text.slice(last, match.index), ...match.slice(1));
    last = match.index + match[0].length;
  }
  parts.push(text.slice(last));
  return parts;
}
