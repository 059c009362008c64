#!/usr/bin/env node
/** The process: streams, colours, signals and the exit status. Everything else is in run.ts. */
import { runCommandLine } from "./run.ts";
import { errorText } from "./show-error.ts";
import { paintFor } from "./terminal/paint.ts";

const { stdout, stderr, stdin, env } = process;
const stop = new AbortController();

/**
 * The first signal asks the run to finish its step and save. Then nothing stands between signals and the process: the
 * second ends it, whatever the engine does.
 */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
let last: (typeof signals)[number] = "SIGINT";
const onSignal = (signal: (typeof signals)[number]): void => {
  for (const each of signals) process.removeListener(each, onSignal);
  last = signal;
  stderr.write("\nstopping, what is done is kept; once more to stop at once\n");
  stop.abort();
};
for (const signal of signals) process.on(signal, onSignal);
function end(): void {
  for (const each of signals) process.removeListener(each, onSignal);
  stderr.write("stopped: nothing was trained yet, nothing is lost\n");
  process.kill(process.pid, last);
}
// A reader that has seen enough (`| head`) is no error.
stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

// Who watched is gone: the run ends as with Ctrl-C, and says no more.
stderr.on("error", () => stop.abort());
let failed = false;
process.on("unhandledRejection", (error) => {
  stderr.write(errorText(error, { debug: Boolean(env["TUNESMITH_DEBUG"]), paint: paintFor(stderr.isTTY, env) }));
  failed = true;
  stop.abort();
});

const status = await runCommandLine(process.argv.slice(2), {
  stdout,
  stderr,
  stdin,
  recipeFiles: [],
  paint: paintFor(stderr.isTTY, env),
  paintOut: paintFor(stdout.isTTY, env),
  environment: env,
  signal: stop.signal,
  end,
});
process.exitCode = failed ? 1 : status;
