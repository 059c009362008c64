/**
 * Broken Unicode mended, as by `ftfy.fix_text` 6.3 (Apache 2.0): entities of HTML, mojibake, control characters,
 * ligatures, widths, curly quotes, line ends, lone surrogates, escapes of terminals, and a normal form.
 */
import { parseFragment } from "parse5";
import { fixControls } from "./byte-encodings.ts";
import { fixEncoding } from "./fix-encoding.ts";

export type NormalForm = "NFC" | "NFD" | "NFKC" | "NFKD";

/** Characters that are mended at one time. */
const LONGEST = 1_000_000;

/**
 * Lines are mended one by one. From the first line on that has a <, entities stay: the text is HTML then.
 */
export function fixText(text: string, form: NormalForm): string {
  const parts: string[] = [];
  let isHtml = false;
  for (let at = 0; at < text.length;) {
    const lineEnd = text.indexOf("\n", at) + 1;
    const end = Math.min(lineEnd === 0 ? text.length : lineEnd, placeOf(text, at));
    const line = text.slice(at, end);
    isHtml ||= line.includes("<");
    parts.push(fixLine(line, form, isHtml));
    at = end;
  }
  return parts.join("");
}

/** Where the longest piece ends that begins at a place. */
function placeOf(text: string, at: number): number {
  if (text.length - at <= LONGEST) return text.length;
  let end = at;
  for (let i = 0; i < LONGEST && end < text.length; i++) end += (text.codePointAt(end) as number) > 0xffff ? 2 : 1;
  return end;
}

function fixLine(line: string, form: NormalForm, isHtml: boolean): string {
  let text = line;
  for (;;) {
    // What entities stood for may be a bracket; then the rest stays.
    const unescaped = isHtml || line.includes("<") ? text : unescapeHtml(text);
    const fixed = fixCharacters(fixControls(fixEncoding(unescaped))).normalize(form);
    if (fixed === text) return text;
    text = fixed;
  }
}

const ligatures: Readonly<Record<string, string>> = {
  Ĳ: "IJ",
  ĳ: "ij",
  ŉ: "ʼn",
  Ǳ: "DZ",
  ǲ: "Dz",
  ǳ: "dz",
  Ǆ: "DŽ",
  ǅ: "Dž",
  ǆ: "dž",
  Ǉ: "LJ",
  ǈ: "Lj",
  ǉ: "lj",
  Ǌ: "NJ",
  ǋ: "Nj",
  ǌ: "nj",
  ﬀ: "ff",
  ﬁ: "fi",
  ﬂ: "fl",
  ﬃ: "ffi",
  ﬄ: "ffl",
  ﬅ: "ſt",
  ﬆ: "st",
};

const ligature = new RegExp(`[${Object.keys(ligatures).join("")}]`, "g");

/** Colours and moves of the cursor. */
// oxlint-disable-next-line no-control-regex -- they begin with an escape
const terminalEscape = /\u001B\[[\p{Nd};]*[a-zA-Z]/gu;

// oxlint-disable-next-line no-control-regex -- those that no text needs
const control = /[\u0000-\u0008\u000B\u000E-\u001F\u007F\u206A-\u206F\uFEFF\uFFF9-\uFFFC]/g;

function fixCharacters(text: string): string {
  return text
    .replaceAll(ligature, (character) => ligatures[character] as string)
    .replaceAll("\u3000", " ")
    .replaceAll(/[\uFF01-\uFFEF]/g, (character) => character.normalize("NFKC"))
    .replaceAll(/[\u201C-\u201F]/g, '"')
    .replaceAll(/[\u02BC\u2018-\u201B]/g, "'")
    .replaceAll(/\r\n|[\r\u2028\u2029\u0085]/g, "\n")
    .replaceAll(/[\uD800-\uDFFF]/gu, "\uFFFD")
    .replaceAll(terminalEscape, "")
    .replaceAll(control, "");
}

/** Entities that end in a semicolon, also those whose name was turned into capitals with the text. */
const unescapeHtml = (text: string): string =>
  text.replaceAll(/&#?[0-9A-Za-z]{1,24};/g, (entity) =>
    entity.startsWith("&#") ? numeric(entity) : (named(entity) ?? entity),
  );

const decodedNames = new Map<string, string>();

function named(entity: string): string | undefined {
  const known = decodedNames.get(entity);
  if (known !== undefined) return known;
  const lower = entity.toLowerCase();
  let found = decodeName(entity);
  if (found === undefined && lower !== entity && lower.toUpperCase() === entity && decodesNothing(entity)) {
    found = decodeName(lower)?.toUpperCase();
  }
  if (found !== undefined) decodedNames.set(entity, found);
  return found;
}

function decode(entity: string): string {
  const [node] = parseFragment(entity).childNodes;
  return node !== undefined && "value" in node ? node.value : entity;
}

/** What the whole name stands for; undefined when only its beginning is a name, or nothing. */
function decodeName(entity: string): string | undefined {
  if (entity === "&semi;") return ";";
  const found = decode(entity);
  return found.endsWith(";") ? undefined : found;
}

const decodesNothing = (entity: string): boolean => decode(entity) === entity;

/** Numbers that the standard takes for others, or for nothing. */
function numeric(entity: string): string {
  const [, decimal, hex] = /^&#(?:(\d+)|[xX]([0-9a-fA-F]+));$/.exec(entity) ?? [];
  if (decimal === undefined && hex === undefined) return entity;
  const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
  if (code === 0x3b) return entity;
  if (code === 0) return "\uFFFD";
  if (code === 0x0d) return "\r";
  if (code >= 0x80 && code <= 0x9f) return fixControls(String.fromCharCode(code));
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff) return "\uFFFD";
  return isNoCharacter(code) ? "" : String.fromCodePoint(code);
}

const isNoCharacter = (code: number): boolean =>
  (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0c) ||
  code === 0x7f ||
  (code >= 0xfdd0 && code <= 0xfdef) ||
  (code & 0xfffe) === 0xfffe;
