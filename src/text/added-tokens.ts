/**
 * Where the added tokens of a tokenizer.json stand in a text, as the AddedVocabulary of the tokenizers library finds
 * them: leftmost first, of several at one place the longest; `single_word` ones only between characters that are no
 * part of a word, `lstrip` and `rstrip` ones with the whitespace beside them.
 *
 * @huggingface/tokenizers ignores `single_word` and takes whitespace in another way, so that texts are cut here before
 * it sees them.
 */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  /** Looked for in the text as the normalizer leaves it, instead of in the text itself. */
  readonly normalized: boolean;
  readonly singleWord: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
}

/** A stretch of a text; without an id it is text between tokens. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly id?: number;
}

type Node = Map<number, Node> & { token?: AddedToken };

export type SplitAtTokens = (text: string) => Stretch[];

/** Makes the function that cuts a text at these tokens; `textOf` says how each is written. */
export function splitterAt(tokens: readonly AddedToken[], textOf: (token: AddedToken) => string): SplitAtTokens {
  const root: Node = new Map();
  for (const token of tokens) {
    let node = root;
    const text = textOf(token);
    for (let i = 0; i < text.length; i++) {
      const next: Node = node.get(text.charCodeAt(i)) ?? new Map();
      node.set(text.charCodeAt(i), next);
      node = next;
    }
    // Of two tokens that are written alike the later one counts.
    if (node !== root) node.token = token;
  }
  return root.size === 0 ? (text) => [{ start: 0, end: text.length }] : (text) => split(text, root);
}

function split(text: string, root: Node): Stretch[] {
  const found: Stretch[] = [];
  let last = 0;
  for (let at = 0; at < text.length;) {
    const match = longest(text, at, root);
    if (match === undefined) {
      at++;
      continue;
    }
    const { token } = match;
    let start = at;
    let { end } = match;
    at = end;
    if (token.singleWord && (endsInWord(text, start) || beginsWithWord(text, end))) continue;
    if (token.lstrip) while (start > last && isSpace(text, start - 1)) start--;
    if (token.rstrip) while (end < text.length && isSpace(text, end)) end++;
    if (start > last) found.push({ start: last, end: start });
    found.push({ start, end, id: token.id });
    last = end;
    at = Math.max(at, end);
  }
  if (last < text.length) found.push({ start: last, end: text.length });
  return found;
}

function longest(text: string, start: number, root: Node): { token: AddedToken; end: number } | undefined {
  let found: { token: AddedToken; end: number } | undefined;
  let node: Node | undefined = root;
  for (let at = start; at < text.length; at++) {
    node = node.get(text.charCodeAt(at));
    if (node === undefined) break;
    if (node.token !== undefined) found = { token: node.token, end: at + 1 };
  }
  return found;
}

const word = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const space = /\p{White_Space}/u;

const isSpace = (text: string, at: number): boolean => space.test(text.charAt(at));
const beginsWithWord = (text: string, at: number): boolean =>
  at < text.length && word.test(String.fromCodePoint(text.codePointAt(at) as number));
const endsInWord = (text: string, end: number): boolean =>
  end > 0 && word.test(Array.from(text.slice(Math.max(0, end - 2), end)).at(-1) as string);
