/**
 * A function in Python that a recipe brings, in a process of its own: python3 runs assets/data/python-bridge.py, which
 * answers one line of JSON for each row. The process starts with the first row, ends with the thread that started it
 * (end of its input, and on Linux a signal, which also ends code that hangs), and never holds that thread back.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import type { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { fail } from "../../../base/errors.ts";
import { isObject, type RawObject } from "../../shapes/shape.ts";

const bridge = fileURLToPath(new URL("../../../../assets/data/python-bridge.py", import.meta.url));

/** What the function is: a lambda, or a function of a file. */
export type PythonSource = { readonly lambda: string } | { readonly file: string; readonly function: string };

export interface PythonFunction {
  /** Asks for one row, or a batch of columns; `origin` is for errors. @throws E_DATA_ROW, E_DATA_OPERATOR */
  readonly call: (row: RawObject, origin: string) => Promise<RawObject>;
  /** Ends the process, if it runs; the next call starts another. */
  readonly close: () => void;
}

export interface PythonOptions {
  /** Operator, for errors. */
  readonly where: string;
  /** Seconds after which a call ends the process, if nobody ended it before. */
  readonly seconds?: number;
  /** Bytes of the longest answer. */
  readonly bytes?: number;
  /** The interpreter. */
  readonly python?: string;
}

interface Answer {
  readonly ready?: boolean;
  readonly row?: unknown;
  readonly error?: string;
}

interface Session {
  readonly ask: (line: string) => Promise<Answer>;
  readonly close: () => void;
}

/** What an answer needs beside the row: its key, and a line end. */
const MARGIN = 1024;

export function createPythonFunction(source: PythonSource, options: PythonOptions): PythonFunction {
  const { where, seconds = 3600, bytes = 64 * 2 ** 20, python = "python3" } = options;
  let session: Promise<Session> | undefined;
  const start = async (): Promise<Session> => {
    const started = openSession(python, { where, limit: bytes + MARGIN });
    const { ready, error } = await started
      .ask(JSON.stringify({ ...source, seconds, bytes }))
      .catch((cause) => fail("E_DATA_OPERATOR", { where, what: `${(cause as Error).message}.`, cause }));
    if (ready !== true) {
      started.close();
      fail("E_DATA_OPERATOR", {
        where,
        what: `Python cannot use the function: ${error ?? "it gave no reason"}.`,
        fix: "Correct the code.",
      });
    }
    return started;
  };
  const forget = (): void => {
    session = undefined;
  };
  return {
    call: async (row, origin) => {
      session ??= start();
      const open = await session.catch((error: unknown) => {
        forget();
        throw error;
      });
      const refuse = (what: string, cause?: unknown): never =>
        fail("E_DATA_ROW", {
          where: `${origin}: ${where}`,
          what,
          fix: "Correct the code, or the row.",
          ...(cause === undefined ? {} : { cause }),
        });
      const answer = await open.ask(JSON.stringify(row)).catch((cause) => {
        forget();
        return refuse(`${(cause as Error).message}.`, cause);
      });
      if (answer.error !== undefined) return refuse(`the code failed: ${answer.error}.`);
      return isObject(answer.row) ? answer.row : refuse("the code gave no row.");
    },
    close: () => {
      void session?.then(({ close }) => close()).catch(() => undefined);
      forget();
    },
  };
}

const TAIL = 2000;

function openSession(python: string, { where, limit }: { readonly where: string; readonly limit: number }): Session {
  const child = spawn(python, [bridge], { stdio: "pipe" });
  const waiting: { readonly resolve: (answer: Answer) => void; readonly reject: (error: unknown) => void }[] = [];
  let dead: unknown;
  let said = "";
  let parts: Buffer[] = [];
  let length = 0;
  const die = (error: unknown): void => {
    dead ??= error;
    for (const { reject } of waiting.splice(0)) reject(dead);
  };
  const end = (error: unknown): void => {
    die(error);
    child.kill("SIGKILL");
  };
  const take = (line: Buffer): void => {
    const asked = waiting.shift();
    hold(child, waiting.length > 0);
    try {
      asked?.resolve(JSON.parse(line.toString("utf8")) as Answer);
    } catch (cause) {
      asked?.reject(new Error("the code wrote into the channel of its answers", { cause }));
    }
  };
  child.stdout.on("data", (chunk: Buffer) => {
    let rest = chunk;
    for (let at = rest.indexOf(0x0a); at >= 0; at = rest.indexOf(0x0a)) {
      take(Buffer.concat([...parts, rest.subarray(0, at)]));
      [parts, length] = [[], 0];
      rest = rest.subarray(at + 1);
    }
    parts.push(rest);
    length += rest.length;
    if (length > limit) end(new Error(`the code gives a row of more than ${limit} bytes`));
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString("utf8")).slice(-TAIL);
  });
  child.once("error", (cause: NodeJS.ErrnoException) => {
    die(
      cause.code === "ENOENT"
        ? missing(python, where)
        : new Error(`${python} cannot be run: ${cause.message}`, { cause }),
    );
  });
  child.once("close", (code, signal) => {
    const how = signal === null ? `with code ${code ?? "unknown"}` : `by ${signal}`;
    die(new Error(`the process of the code ended ${how}${said.trim() === "" ? "" : `: ${said.trim()}`}`));
  });
  // A write to a process that is gone is told by its end.
  child.stdin.on("error", () => undefined);
  hold(child, false);
  return {
    ask: (line) =>
      new Promise((resolve, reject) => {
        if (dead !== undefined) {
          reject(dead);
          return;
        }
        waiting.push({ resolve, reject });
        hold(child, true);
        child.stdin.write(`${line}\n`);
      }),
    close: () => end(new Error("the process of the code was closed")),
  };
}

/** Only while an answer is awaited does the process keep the thread alive. */
function hold(child: ChildProcessWithoutNullStreams, wanted: boolean): void {
  const way = wanted ? "ref" : "unref";
  child[way]();
  for (const stream of [child.stdin, child.stdout, child.stderr] as unknown as readonly Socket[]) stream[way]?.();
}

function missing(python: string, where: string): Error {
  try {
    return fail("E_DATA_OPERATOR", {
      where,
      what: `${python} was not found.`,
      fix: "Install Python 3, so that this command starts it.",
    });
  } catch (told) {
    return told as Error;
  }
}
