/** Templates of `re.sub` in Python: \1, \g<name>, \g<1>, \n. */
import { fail } from "../../../base/errors.ts";

const escapes: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};

/** References, octal numbers, and all else that a backslash begins. */
const special =
  /\\(?:g<(\w+)>|(0[0-7]{0,2}|[1-3][0-7]{2})|([1-9]\d?)|(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))|([^]|$))/gu;

/** The template as a function for `replace`, for matches of a pattern. @throws E_DATA_OPERATOR */
export function replacementOf(
  template: string,
  pattern: RegExp,
  where: string,
): (...found: readonly unknown[]) => string {
  const refuse = (what: string): never => fail("E_DATA_OPERATOR", { where, what, fix: "Correct the replacement." });
  // One more alternative, which is empty, matches anything: its result lists the groups.
  const groups = new RegExp(`${pattern.source}|`, pattern.flags.replace("g", "")).exec("");
  const count = (groups?.length ?? 1) - 1;
  const names = Object.keys(groups?.groups ?? {});
  const parts: (string | number | { readonly name: string })[] = [];
  const refer = (number: number): void => {
    if (number > count) refuse(`\\${number} names a group, but the pattern has ${count}.`);
    parts.push(number);
  };
  let last = 0;
  for (const match of template.matchAll(special)) {
    parts.push(template.slice(last, match.index));
    last = match.index + match[0].length;
    const [, named, octal, number, byte, unit, letter = ""] = match;
    const hex = byte ?? unit;
    if (named !== undefined && !/^\d+$/.test(named)) {
      if (!names.includes(named)) refuse(`\\g<${named}> names a group that the pattern does not have.`);
      parts.push({ name: named });
    } else if (named !== undefined || number !== undefined) refer(Number(named ?? number));
    else if (octal !== undefined) parts.push(String.fromCodePoint(Number.parseInt(octal, 8)));
    else if (hex !== undefined) parts.push(String.fromCodePoint(Number.parseInt(hex, 16)));
    else if (letter === "") refuse("the backslash at the end escapes nothing.");
    else if (escapes[letter] !== undefined) parts.push(escapes[letter]);
    else if (/^[A-Za-z0-9]$/.test(letter))
      refuse(`\\${letter} means nothing in a replacement; write \\\\ for a backslash.`);
    else parts.push(`\\${letter}`);
  }
  parts.push(template.slice(last));
  if (parts.every((part) => typeof part === "string")) {
    const text = parts.join("");
    return () => text;
  }
  return (...found) => {
    const groupsByName = found.at(-1) as Readonly<Record<string, string | undefined>>;
    return parts
      .map((part) => {
        if (typeof part === "string") return part;
        return typeof part === "number" ? String(found[part] ?? "") : (groupsByName[part.name] ?? "");
      })
      .join("");
  };
}
