/** The command line in this process, with what it writes in hand; support/cli.ts runs the built program. */
import { PassThrough } from "node:stream";
import type { Context } from "../../src/cli/context.ts";
import { runCommandLine } from "../../src/cli/run.ts";
import { plain } from "../../src/cli/terminal/paint.ts";

export interface Written {
  out: string;
  err: string;
}

export interface ContextOptions {
  /** What stdin holds. */
  readonly input?: string;
  readonly environment?: Context["environment"];
  readonly signal?: AbortSignal;
  /** Width of stdout. */
  readonly columns?: number;
}

/** A context without colours, and what a verb has written to it so far. */
export function writtenContext({
  input = "",
  environment = {},
  signal = new AbortController().signal,
  columns,
}: ContextOptions = {}): { readonly context: Context; readonly written: Written } {
  const written: Written = { out: "", err: "" };
  const stdin = new PassThrough();
  stdin.end(input);
  const context: Context = {
    stdout: { write: (text: string) => (written.out += text), ...(columns === undefined ? {} : { columns }) },
    stderr: { write: (text: string) => (written.err += text) },
    stdin: stdin as unknown as NodeJS.ReadStream,
    paint: plain,
    recipeFiles: [],
    paintOut: plain,
    environment,
    signal,
  };
  return { context, written };
}

export async function runInProcess(
  words: readonly string[],
  options: ContextOptions = {},
): Promise<Readonly<Written> & { readonly status: number }> {
  const { context, written } = writtenContext(options);
  return { status: await runCommandLine(words, context), ...written };
}
