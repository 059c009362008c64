/** Colours, or none. https://no-color.org: NO_COLOR that is set and not empty turns them off. */

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
} as const;

export type Colour = keyof typeof codes;

/** Wraps a text in a colour; the text itself where there are no colours. */
export type Paint = (colour: Colour, text: string) => string;

export const plain: Paint = (_colour, text) => text;

export const coloured: Paint = (colour, text) =>
  text === "" ? "" : `\u001B[${codes[colour][0]}m${text}\u001B[${codes[colour][1]}m`;

export interface ColourEnvironment {
  readonly NO_COLOR?: string | undefined;
  readonly FORCE_COLOR?: string | undefined;
  readonly TERM?: string | undefined;
}

export function paintFor(terminal: boolean, environment: ColourEnvironment): Paint {
  if (environment.NO_COLOR) return plain;
  if (environment.FORCE_COLOR !== undefined) return environment.FORCE_COLOR === "0" ? plain : coloured;
  return terminal && environment.TERM !== "dumb" ? coloured : plain;
}

// eslint-disable-next-line no-control-regex -- the escape character is what is looked for
const escapes = /\u001B\[[0-9;]*m/g;

export const withoutColours = (text: string): string => text.replaceAll(escapes, "");

/** Columns that a text takes; wide East Asian characters take two, marks take none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of withoutColours(text)) {
    if (/\p{Mark}/u.test(character)) continue;
    width +=
      /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return width;
}
