/**
 * Cuts a stream of JSON bytes into the values that are rows: the items of a list, or values that follow one another
 * (JSON lines, a lone object). Only brackets and strings are looked at; each piece is parsed by whoever asked.
 * One piece at a time is in memory.
 */

/** A place in a file, from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface JsonPiece extends Place {
  /** The value, possibly with blanks around. */
  readonly bytes: Uint8Array;
}

/** Where the stream cannot be cut. Nothing follows. */
export interface JsonBreak extends Place {
  readonly reason: string;
}

const [TAB, NEWLINE, RETURN, BLANK, QUOTE, COMMA] = [0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2c];
const [BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/** Between values: before anything, in a list, after the list, or among values that no list holds. */
type Outside = "start" | "first item" | "item" | "after list" | "values";

export async function* splitJson(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<JsonPiece | JsonBreak> {
  let outside: Outside = "start";
  let line = 1;
  /** Bytes since the start of the line that begin a character. */
  let column = 0;
  let piece: { readonly place: Place; readonly parts: Uint8Array[] } | undefined;
  let size = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;
  const tooLong = (place: Place): JsonBreak => ({ ...place, reason: `a value is longer than ${limit} bytes` });

  for await (const chunk of chunks) {
    let from = 0;
    const end = (at: number): JsonPiece => {
      const { place, parts } = piece as NonNullable<typeof piece>;
      if (at > from) parts.push(chunk.subarray(from, at));
      piece = undefined;
      return { ...place, bytes: parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts) };
    };
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if ((byte & 0xc0) !== 0x80) column++;
      const place = { line, column };
      if (byte === NEWLINE) {
        line++;
        column = 0;
      }
      if (piece === undefined) {
        if (byte === NEWLINE || byte === BLANK || byte === RETURN || byte === TAB) continue;
        if (outside === "start" && byte === OPEN_LIST) {
          outside = "first item";
          continue;
        }
        if (outside === "first item" && byte === CLOSE_LIST) {
          outside = "after list";
          continue;
        }
        if (outside === "after list") return yield { ...place, reason: "something follows the end of the list" };
        if (outside === "start") outside = "values";
        else if (outside !== "values" && (byte === COMMA || byte === CLOSE_LIST)) {
          return yield { ...place, reason: `expected a value, found ${byte === COMMA ? '","' : '"]"'}` };
        }
        piece = { place, parts: [] };
        from = at;
        size = 0;
      }
      size++;
      if (size > limit) return yield tooLong(piece.place);
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_LIST || byte === OPEN_MAP) depth++;
      else if (depth > 0) {
        if (byte !== CLOSE_LIST && byte !== CLOSE_MAP) continue;
        depth--;
        if (depth === 0 && outside === "values") yield end(at + 1);
      } else if (outside === "values") {
        if (byte === NEWLINE) yield end(at);
      } else if (byte === COMMA || byte === CLOSE_LIST) {
        yield end(at);
        outside = byte === COMMA ? "item" : "after list";
      }
    }
    if (piece !== undefined) piece.parts.push(chunk.subarray(from));
  }
  if (piece !== undefined) {
    if (inString || depth > 0)
      return yield { ...piece.place, reason: "the file ends inside the value that begins here" };
    if (outside === "values") yield { ...piece.place, bytes: Buffer.concat(piece.parts) };
  }
  if (outside.endsWith("item")) yield { line, column: column + 1, reason: "the file ends inside the list" };
}
