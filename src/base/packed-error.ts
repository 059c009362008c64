/** Errors on their way from one thread or process to another, where only plain values arrive. */
import type { ErrorCode } from "./error-codes.ts";
import { isTunesmithError, TunesmithError, type ErrorDetails } from "./errors.ts";

interface PackedCommon {
  readonly stack?: string | undefined;
  /** The error below, if any: --debug shows it. */
  readonly cause?: PackedError | undefined;
}

/** An error as it survives being sent. */
export type PackedError =
  | (PackedCommon & { readonly code: ErrorCode; readonly details: Omit<ErrorDetails, "cause"> })
  | (PackedCommon & {
      readonly name: string;
      readonly message: string;
      /** What the operating system calls it, where it does. */
      readonly systemCode: string | undefined;
    });

export function packError(error: unknown): PackedError {
  // An error of another thread is none of this one's class, and an AbortError none at all.
  const given = (typeof error === "object" && error !== null ? error : {}) as Partial<Error & { code: unknown }>;
  const { name, message, stack, code: systemCode, cause } = given;
  const common = { stack, ...(cause instanceof Error ? { cause: packError(cause) } : {}) };
  if (isTunesmithError(error)) {
    const { code, what, where, fix } = error;
    return { ...common, code, details: { what, fix, ...(where === undefined ? {} : { where }) } };
  }
  return {
    ...common,
    name: name ?? "Error",
    message: message ?? String(error),
    systemCode: typeof systemCode === "string" ? systemCode : undefined,
  };
}

export function unpackError(packed: PackedError): Error {
  const cause = packed.cause === undefined ? {} : { cause: unpackError(packed.cause) };
  const error =
    "code" in packed
      ? new TunesmithError(packed.code, { ...packed.details, ...cause })
      : new Error(packed.message, cause);
  if (!("code" in packed)) error.name = packed.name;
  if (packed.stack !== undefined) error.stack = packed.stack;
  const isSystem = "systemCode" in packed && packed.systemCode !== undefined;
  return isSystem ? Object.assign(error, { code: packed.systemCode }) : error;
}
