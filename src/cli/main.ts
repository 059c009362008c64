#!/usr/bin/env node
/** The process: streams, colours, signals and the exit status. Everything else is in run.ts. */
import { runCommandLine } from "./run.ts";
import { paintFor } from "./terminal/paint.ts";

const { stdout, stderr, stdin, env } = process;
const stop = new AbortController();

/** The first signal asks the run to finish its step and save; the second ends the process. */
function onSignal(status: number): () => void {
  return () => {
    if (stop.signal.aborted) process.exit(status);
    stderr.write("\nstopping, what is done is kept; once more to stop at once\n");
    stop.abort();
  };
}
process.on("SIGINT", onSignal(130));
process.on("SIGTERM", onSignal(143));
// A reader that has seen enough (`| head`) is no error.
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdout,
  stderr,
  stdin,
  paint: paintFor(stderr.isTTY, env),
  paintOut: paintFor(stdout.isTTY, env),
  environment: env,
  signal: stop.signal,
});
