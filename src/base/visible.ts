/**
 * Texts of rows, models and files as a terminal may show them: control characters, which could move its cursor, set its
 * title or hide what follows, and marks that turn the direction of writing are written as escapes (\u001b).
 */

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const hidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|\r(?!\n)/g;

export const visible = (text: string): string =>
  text.replaceAll(hidden, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
