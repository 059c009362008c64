/** Methods of Python's `str` that differ from those of JavaScript's strings. */

/** Blanks of `str.isspace`: other than `\\s` the separators of records and units, U+0085, and not U+FEFF. */
export const pythonBlank = String.raw`\t-\r\u001C-\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000`;

const outer = new RegExp(`^[${pythonBlank}]+|[${pythonBlank}]+$`, "g");

/** `str.strip()`. */
export const strip = (text: string): string => text.replaceAll(outer, "");
