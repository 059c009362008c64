/**
 * Encodings of one byte a character, in the "sloppy" way of ftfy: bytes that an encoding leaves open are those of
 * Latin-1, and the byte 1A stands for U+FFFD, a character that was lost. Bytes are held in strings, one unit each.
 */

/** IBM's code page 437 from byte 80 on, which browsers do not know. */
const cp437 =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀" +
  "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00A0";

/** Written out, since Node 20 reads this label as Latin-1. */
const windows1252 =
  "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ" +
  String.fromCharCode(...Array.from({ length: 96 }, (_, i) => 160 + i));

export interface ByteEncoding {
  readonly name: string;
  /** Whether lost characters and open bytes have a place in it. */
  readonly sloppy: boolean;
  /** The bytes that would be read as this text, or undefined when none would. */
  readonly encode: (text: string) => string | undefined;
}

const upperBytes = Uint8Array.from({ length: 128 }, (_, i) => 128 + i);

function define(name: string, table: string, sloppy = true): ByteEncoding {
  const bytes = new Map<string, string>();
  for (let byte = 0; byte < 128; byte++) bytes.set(String.fromCharCode(byte), String.fromCharCode(byte));
  for (const [i, character] of [...table].entries()) {
    bytes.set(character === "\uFFFD" ? String.fromCharCode(128 + i) : character, String.fromCharCode(128 + i));
  }
  if (sloppy) {
    bytes.delete("\u001A");
    bytes.set("\uFFFD", "\u001A");
  }
  const encode = (text: string): string | undefined => {
    let encoded = "";
    for (const character of text) {
      const byte = bytes.get(character);
      if (byte === undefined) return undefined;
      encoded += byte;
    }
    return encoded;
  };
  return { name, sloppy, encode };
}

const known = (label: string): string => new TextDecoder(label).decode(upperBytes);
const latin1 = String.fromCharCode(...upperBytes);

/** In the order in which they are tried. */
export const byteEncodings: readonly ByteEncoding[] = [
  define("latin-1", latin1, false),
  define("windows-1252", windows1252),
  ...[1251, 1250, 1253, 1254, 1257].map((page) => define(`windows-${page}`, known(`windows-${page}`))),
  define("iso-8859-2", known("iso-8859-2"), false),
  define("macroman", known("macintosh"), false),
  define("cp437", cp437, false),
];

/** Control characters of Latin-1 as what Windows-1252 has in their places; a few have no other. */
export const fixControls = (text: string): string =>
  text.replaceAll(/[\u0080-\u009F]/g, (character) => windows1252[character.charCodeAt(0) - 128] as string);

/** Bytes that Windows-1252 leaves open. */
export const windows1252Open = /[\u0081\u008D\u008F\u0090\u009D]/;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** U+0000 as Java writes it, or a pair of surrogates, each in three bytes (CESU-8). */
const variant = /\u00C0\u0080|\u00ED([\u00A0-\u00AF])([\u0080-\u00BF])\u00ED([\u00B0-\u00BF])([\u0080-\u00BF])/g;

/** UTF-8, those variants included; undefined when the bytes are none. */
export function decodeUtf8(bytes: string): string | undefined {
  const plain = bytes.replaceAll(variant, (...found: readonly string[]) => {
    const [a, b, c, d] = found.slice(1, 5).map((byte) => byte?.charCodeAt(0));
    if (a === undefined || b === undefined || c === undefined || d === undefined) return "\u0000";
    const code = 0x10000 + ((a & 0x0f) << 16) + ((b & 0x3f) << 10) + ((c & 0x0f) << 6) + (d & 0x3f);
    return Buffer.from(String.fromCodePoint(code), "utf8").toString("latin1");
  });
  try {
    return strict.decode(Buffer.from(plain, "latin1"));
  } catch {
    return undefined;
  }
}
