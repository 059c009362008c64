/** Methods of Python's `str` that differ from those of JavaScript's strings. */

/** Blanks of `str.isspace`: other than `\\s` the separators of records and units, U+0085, and not U+FEFF. */
export const pythonBlank = String.raw`\t-\r\u001C-\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000`;

const blank = new RegExp(`[${pythonBlank}]`);

const isBlank = (code: number): boolean => (code > 0x20 && code < 0x7f ? false : blank.test(String.fromCharCode(code)));

/** `str.strip()`. */
export function strip(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}
