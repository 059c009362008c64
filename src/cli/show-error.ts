/** Errors as a person sees them: one paragraph with a code and what to do. The stack only when asked for. */
import { isTunesmithError } from "../base/errors.ts";
import { visible } from "../base/visible.ts";
import type { Paint } from "./terminal/paint.ts";

/** What the operating system says, and what helps. */
const systemAdvice: Readonly<Record<string, string>> = {
  EACCES: "Check the permissions of the path, or give another one.",
  EDQUOT: "Free some space or give another --output-dir; the last whole checkpoint is kept.",
  EISDIR: "Give a file, not a folder.",
  EMFILE: "Raise the limit of open files (ulimit -n) and run again.",
  ENOENT: "Check the path.",
  ENOSPC: "Free some space or give another --output-dir; the last whole checkpoint is kept.",
  ENOTDIR: "Give a folder, not a file.",
  EROFS: "Give a path on a file system that can be written.",
};

const systemCode = (error: unknown): string | undefined => {
  const { code } = error as { readonly code?: unknown };
  return error instanceof Error && typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
};

export function errorText(error: unknown, options: { readonly debug: boolean; readonly paint: Paint }): string {
  const { debug, paint } = options;
  const head = paint("red", "error");
  const stack = debug && error instanceof Error ? visible(`\n${error.stack ?? ""}${causes(error)}`) : "";
  // A list of mistakes ends its line; the advice then begins the next one.
  if (isTunesmithError(error)) return `${head} ${visible(error.message.replaceAll(/\n (?=\S)/g, "\n"))}${stack}\n`;
  const code = systemCode(error);
  const message = visible(error instanceof Error ? error.message : String(error));
  if (code !== undefined) {
    const advice = systemAdvice[code] ?? "Run again with --debug to see where it happened.";
    return `${head} E_SYSTEM: ${message}. ${advice}${stack}\n`;
  }
  return (
    `${head} E_INTERNAL: ${message.replace(/^internal: /, "")}. This is a fault of Tunesmith, not of yours. ` +
    `Run again with --debug and report what it prints.${stack}\n`
  );
}

function causes(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? `\ncaused by ${cause.stack ?? cause.message}${causes(cause)}` : "";
}

/** 2 when the command line or a file of arguments is wrong, 1 for all else. */
export function exitStatus(error: unknown): number {
  const usage = ["E_CLI_USAGE", "E_RECIPE_FILE", "E_RECIPE_INVALID"] as const;
  return usage.some((code) => isTunesmithError(error, code)) ? 2 : 1;
}
