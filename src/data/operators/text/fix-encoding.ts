/**
 * Mojibake undone: finds the encoding of one byte a character in which UTF-8 was read, several times over if need be,
 * as ftfy 6.3 does (Apache 2.0; `fix_encoding`). A text that does not look bad is left alone.
 */
import { isBad } from "./badness.ts";
import { byteEncodings, decodeUtf8, fixControls, windows1252Open } from "./byte-encodings.ts";
import { clues } from "./mojibake-data.ts";

/** @see byteEncodings for what bytes in strings are */
export function fixEncoding(text: string): string {
  let fixed = text;
  for (;;) {
    const next = fixOnce(fixed);
    if (next === fixed) return fixed;
    fixed = next;
  }
}

function fixOnce(text: string): string {
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  if (/^[\u0000-\u007F]*$/.test(text) || !isBad(text)) return text;
  let latin1: string | undefined;
  for (const { name, sloppy, encode } of byteEncodings) {
    const bytes = encode(text);
    if (bytes === undefined) continue;
    if (name === "latin-1") latin1 = bytes;
    // In MacRoman a blank behind an en dash would look like one.
    const whole = name === "macroman" ? bytes : restoreBlanks(bytes);
    const decoded = decodeUtf8(sloppy ? markLost(whole) : whole);
    if (decoded !== undefined) return decoded;
  }
  const inParts = fixParts(text);
  if (inParts !== text) return inParts;
  // Control characters of Latin-1 were meant as Windows-1252.
  if (latin1 !== undefined && !windows1252Open.test(latin1)) {
    const read = fixControls(text);
    if (read !== text) return read;
  }
  return fixControls(text);
}

const embedded = new RegExp(
  `(?<![${clues.followingOnly}])(?:[${clues.firstOf2}][${clues.following}]|` +
    `[${clues.firstOf3}][${clues.following}]{2}|[${clues.firstOf4}][${clues.following}]{3})+`,
  "gu",
);

/** Pieces that are mojibake for themselves, in a text that is not as a whole. */
const fixParts = (text: string): string =>
  text.replaceAll(embedded, (part) => (part.length < text.length && isBad(part) ? fixEncoding(part) : part));

/** A word that is the letter à: its second byte, a blank in Latin-1, was joined with the blank behind it. */
const aGrave = /\u00C3 (?! |quele|quela|quilo|s )/g;

/** UTF-8 where one byte A0 has become a plain blank, in places where a likely character would come of it. */
const alteredUtf8 = new RegExp(
  [
    "[\u00C2\u00C3\u00C5\u00CE\u00D0\u00D9] ",
    "[\u00E2\u00E3] [\u0080-\u0084\u0086-\u009F\u00A1-\u00BF]",
    "[\u00E0-\u00E3][\u0080-\u0084\u0086-\u009F\u00A1-\u00BF] ",
    "\u00F0 [\u0080-\u00BF]{2}",
    "\u00F0[\u0080-\u00BF] [\u0080-\u00BF]",
    "\u00F0[\u0080-\u00BF]{2} ",
  ].join("|"),
  "g",
);

const restoreBlanks = (bytes: string): string =>
  bytes.search(alteredUtf8) < 0
    ? bytes
    : bytes.replaceAll(aGrave, "\u00C3\u00A0 ").replaceAll(alteredUtf8, (found) => found.replaceAll(" ", "\u00A0"));

/** UTF-8 of which a byte was lost: it is 1A, or once in a sequence a question mark. */
const lossyUtf8 = new RegExp(
  [
    "[\u00C2-\u00DF]\u001A",
    "[\u00C2-\u00C3]\\?",
    "\u00ED[\u00A0-\u00AF][\u001A?]\u00ED[\u00B0-\u00BF][\u001A?\u0080-\u00BF]",
    "\u00ED[\u00A0-\u00AF][\u001A?\u0080-\u00BF]\u00ED[\u00B0-\u00BF][\u001A?]",
    "[\u00E0-\u00EF][\u001A?][\u001A\u0080-\u00BF]",
    "[\u00E0-\u00EF][\u001A\u0080-\u00BF][\u001A?]",
    "[\u00F0-\u00F4][\u001A?][\u001A\u0080-\u00BF]{2}",
    "[\u00F0-\u00F4][\u001A\u0080-\u00BF][\u001A?][\u001A\u0080-\u00BF]",
    "[\u00F0-\u00F4][\u001A\u0080-\u00BF]{2}[\u001A?]",
    "\u001A",
  ].join("|"),
  "g",
);

/** Such a sequence becomes U+FFFD, in UTF-8. */
const markLost = (bytes: string): string => bytes.replaceAll(lossyUtf8, "\u00EF\u00BF\u00BD");
