/** Patterns of paths as shells write them, over paths with `/`. Left out: nested braces, extended patterns. */

export function isGlob(path: string): boolean {
  return /[*?[{]/.test(path);
}

/** The folder above the first part that holds a pattern; "." when there is none. */
export function globRoot(path: string): string {
  const parts = path.split("/");
  const fixed = parts.slice(0, parts.findIndex(isGlob));
  return fixed.length === 0 ? "." : fixed.join("/") || "/";
}

/** `*` and `?` stay inside a folder, `**` crosses folders, `{a,b}` and `[a-c]` choose, `[!a]` excludes. */
export function globPattern(glob: string): RegExp {
  const source = glob.replaceAll(/\*{2,}\/?|\*|\?|\{[^{}]*\}|\[!?[^\]]+\]|[^]/g, (token) => {
    if (token.startsWith("**")) return token.endsWith("/") ? "(?:.*/)?" : ".*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    if (token.length > 1 && token.startsWith("{")) return `(?:${token.slice(1, -1).split(",").map(within).join("|")})`;
    if (token.length > 1 && token.startsWith("[")) return choice(token.slice(1, -1));
    return literal(token);
  });
  return new RegExp(`^${source}$`);
}

/** Alternatives of braces may hold stars. */
function within(alternative: string): string {
  return globPattern(alternative).source.slice(1, -1);
}

function choice(characters: string): string {
  const negated = characters.startsWith("!");
  const plain = (negated ? characters.slice(1) : characters).replaceAll(/[\\\]^]/g, String.raw`\$&`);
  // A range that runs backwards matches nothing, as in shells.
  const forward = plain.replaceAll(/([^\\])-([^\\])/g, (range, from: string, to: string) => (from <= to ? range : ""));
  return `[${negated ? "^/" : ""}${forward}]`;
}

const literal = (text: string): string => text.replaceAll(/[.+^$()|\\[\]{}*?/-]/g, String.raw`\$&`);
