/** One row as a sample, or why it is none. What is wrong with a row alone ends no run: it is dropped and counted. */
import { fail, isTunesmithError, TunesmithError } from "../base/errors.ts";
import type { ErrorCode } from "../base/error-codes.ts";
import { isOverTime, withinTime } from "../base/within-time.ts";
import type { Row } from "../data/row.ts";
import { encodeConversation, isPlain, type EncodedSample, type EncodeSampleOptions } from "../text/encode.ts";
import { unreadKeys } from "../text/message-extra.ts";
import { isDropped } from "../text/truncate.ts";

export interface EncodeRowOptions {
  readonly encode: EncodeSampleOptions;
  /** Rows of the model's embedding. */
  readonly vocabSize: number;
  /** Aborted between rows. */
  readonly signal?: AbortSignal | undefined;
}

interface Unread {
  readonly what: string;
  readonly at: string;
}

/** A sample, or the kind of mistake with the place of this one. */
export type EncodedRow =
  | { readonly sample: EncodedSample; readonly error?: undefined; readonly unread: readonly Unread[] }
  | {
      readonly sample?: undefined;
      readonly reason: string;
      readonly example: string;
      /** Undefined for a row that is only too long. */
      readonly error?: TunesmithError;
      readonly unread: readonly Unread[];
    };

/** What is wrong with one row alone. */
export const rowErrors: ReadonlyMap<ErrorCode, string> = new Map([
  ["E_TEXT_MESSAGES", "messages that cannot be written"],
  ["E_TEXT_TOOLS", "tools that cannot be written"],
  ["E_TEXT_TEMPLATE_LIMIT", "the chat template takes too long or writes too much"],
  ["E_TEXT_TEMPLATE_RENDER", "the chat template refuses the row"],
  ["E_TEXT_TEMPLATE_SPANS", "what is trained cannot be told apart"],
]);

/** @throws all errors that are not of this row alone, with its place */
export function encodeRow(row: Row, options: EncodeRowOptions): EncodedRow {
  const { encode } = options;
  const encoded = encodeInTime(row, options);
  if (isTunesmithError(encoded)) {
    const example = `${row.origin}: ${encoded.what} ${encoded.fix}`;
    return { reason: rowErrors.get(encoded.code) as string, example, error: encoded, unread: [] };
  }
  const unread = unreadKeys(row.conversation, sourceFor(row, encode)).map(({ key, message }) => ({
    what: `key ${key} of messages`,
    at: `${row.origin}, message ${message}`,
  }));
  if (!isDropped(encoded)) return { sample: encoded, unread };
  const reason = `${encoded.dropped} (max_length ${encode.maxLength})`;
  return { reason, example: `${row.origin}, ${encoded.length} tokens`, unread };
}

/** What strangers wrote (template, regular expressions) has this long for one row; a row takes milliseconds. */
const ROW_SECONDS = 20;

function encodeInTime(
  row: Row,
  { encode, signal }: EncodeRowOptions,
): ReturnType<typeof encodeConversation> | TunesmithError {
  try {
    return withinTime(ROW_SECONDS, () => encodeConversation(row.conversation, encode));
  } catch (error) {
    // Ctrl-C ended it.
    signal?.throwIfAborted();
    if (isOverTime(error)) {
      return fail("E_TEXT_TEMPLATE_LIMIT", {
        where: row.origin,
        what: `Encoding the row takes more than ${ROW_SECONDS} seconds: its chat template, or a regular expression of the tokenizer or of loss_scale, does not end.`,
      });
    }
    if (isTunesmithError(error) && rowErrors.has(error.code)) return error;
    throw error instanceof Error ? atRow(error, row.origin) : error;
  }
}

/** The error with the row's place: in its fields, where an error of ours has them, since its message is made of those. */
export function atRow(error: Error, origin: string): Error {
  if (error.message.includes(origin)) return error;
  if (isTunesmithError(error)) {
    const { code, what, where, fix, cause } = error;
    return new TunesmithError(code, { what, where: where === undefined ? origin : `${origin}, ${where}`, fix, cause });
  }
  error.message = `${error.message} (row ${origin})`;
  return error;
}

/** The template that writes a row; none writes a text alone. */
const sourceFor = ({ conversation }: Row, options: EncodeSampleOptions): string | undefined =>
  isPlain(conversation, options) ? undefined : options.template?.source;
