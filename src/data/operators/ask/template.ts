/**
 * Templates of Python's `str.format`: `{name}`, `{}` and `{0}`, and doubled braces for single ones. Which fields there
 * are is known beforehand, so that a wrong one is found before anything is asked.
 */
import { fail } from "../../../base/errors.ts";

/** Fills in a template. */
export type Template<Field extends string> = (values: Readonly<Record<Field, string | number>>) => string;

/** `fields` are names, or "0", "1" for places. @throws E_DATA_OPERATOR */
export function templateOf<Field extends string>(
  text: string,
  fields: readonly Field[],
  where: string,
): Template<Field> {
  const known: ReadonlySet<string> = new Set(fields);
  const literals: string[] = [""];
  const names: Field[] = [];
  let places = 0;
  for (const [piece, name] of pieces(text, where)) {
    literals[literals.length - 1] += piece;
    if (name === undefined) continue;
    const field = name === "" ? String(places++) : name;
    if (!known.has(field)) {
      const listed = fields.map((one) => `{${/^\d+$/.test(one) ? "" : one}}`).join(" ");
      fail("E_DATA_OPERATOR", {
        where,
        what: `{${name}} is no field of this template.`,
        fix: `Its fields are ${listed}; write {{ and }} for braces.`,
      });
    }
    names.push(field as Field);
    literals.push("");
  }
  return (values) =>
    literals.map((literal, i) => literal + (i < names.length ? values[names[i] as Field] : "")).join("");
}

/** Texts, each with the field behind it, if any. */
function* pieces(text: string, where: string): Generator<readonly [text: string, field?: string]> {
  let last = 0;
  for (const match of text.matchAll(/\{\{|\}\}|\{(\w*)\}|[{}]/g)) {
    const before = text.slice(last, match.index);
    last = match.index + match[0].length;
    if (match[1] !== undefined) yield [before, match[1]];
    else if (match[0].length === 2) yield [before + match[0].slice(1)];
    else {
      fail("E_DATA_OPERATOR", {
        where: `${where}, character ${match.index + 1}`,
        what: "there is a single brace.",
        fix: "Write {{ and }} for braces; fields are names in braces, nothing more.",
      });
    }
  }
  yield [text.slice(last)];
}
