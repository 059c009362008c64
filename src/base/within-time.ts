/**
 * Runs what strangers wrote (templates, regular expressions) for a limited time, in this thread: V8 ends it from outside,
 * also within one built-in or one match of a regular expression, where no check between steps would come to be. Ctrl-C
 * ends it, too, and then counts as ever. A call takes about a tenth of a millisecond; calls within one have its limit.
 */
import { Script } from "node:vm";
import { isMainThread } from "node:worker_threads";

const jobs: (() => void)[] = [];
const key = "tunesmith: run within time";
Object.defineProperty(globalThis, Symbol.for(key), { value: () => jobs.at(-1)?.(), configurable: true });
const script = new Script(`globalThis[Symbol.for(${JSON.stringify(key)})]()`);

/** Whether an error says that the time was over. */
export function isOverTime(error: unknown): boolean {
  return codeOf(error) === "ERR_SCRIPT_EXECUTION_TIMEOUT" || codeOf(error) === "ERR_SCRIPT_EXECUTION_INTERRUPTED";
}

/** @throws an error for which {@link isOverTime} holds, and whatever `run` throws */
export function withinTime<T>(seconds: number, run: () => T): T {
  if (jobs.length > 0) return run();
  let result: { readonly value: T } | undefined;
  jobs.push(() => {
    result = { value: run() };
  });
  try {
    script.runInThisContext({ timeout: Math.ceil(seconds * 1000), breakOnSigint: isMainThread, displayErrors: false });
  } catch (error) {
    if (codeOf(error) === "ERR_SCRIPT_EXECUTION_INTERRUPTED" && !process.emit("SIGINT")) {
      process.kill(process.pid, "SIGINT");
    }
    throw error;
  } finally {
    jobs.pop();
  }
  return (result as unknown as { readonly value: T }).value;
}

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : undefined);
