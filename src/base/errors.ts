/**
 * Errors a person can act on: a code, what was wrong and where, and what to do.
 *
 * Codes and their standing advice live in one table (error-codes.ts); docs/errors.md is generated from it.
 */
import { errorCodes, type ErrorCode } from "./error-codes.ts";

/** What the thrower knows about this one occurrence. */
export interface ErrorDetails {
  /** What was found and what was expected, in one sentence, with the offending value. */
  readonly what: string;
  /** File, line and field, flag, tensor name or graph node. */
  readonly where?: string;
  /** What to do; overrides the advice in the table when the occurrence allows something sharper. */
  readonly fix?: string;
  /** The error below, if any. */
  readonly cause?: unknown;
}

/** The only error class thrown on purpose. Test with {@link isTunesmithError}, match on `code`. */
export class TunesmithError extends Error {
  readonly code: ErrorCode;
  readonly what: string;
  readonly where: string | undefined;
  readonly fix: string;

  constructor(code: ErrorCode, details: ErrorDetails) {
    const fix = details.fix ?? errorCodes[code].fix;
    const place = details.where === undefined ? "" : `${details.where}: `;
    super(
      `${code}: ${place}${details.what} ${fix}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.name = "TunesmithError";
    this.code = code;
    this.what = details.what;
    this.where = details.where;
    this.fix = fix;
  }
}

/** Throws a {@link TunesmithError}; `never` lets the compiler narrow after the call. */
export function fail(code: ErrorCode, details: ErrorDetails): never {
  throw new TunesmithError(code, details);
}

export function isTunesmithError(error: unknown, code?: ErrorCode): error is TunesmithError {
  return error instanceof TunesmithError && (code === undefined || error.code === code);
}

/** What `work` gives; its errors that name no place are those of `where`. */
export function placed<Value>(where: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (!isTunesmithError(error) || error.where !== undefined) throw error;
    const { code, what, fix, cause } = error;
    return fail(code, { where, what, fix, cause });
  }
}

/** A broken promise inside Tunesmith itself: never the user's fault. */
export function internal(message: string): never {
  throw new Error(`internal: ${message}`);
}
