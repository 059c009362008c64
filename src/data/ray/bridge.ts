/**
 * The Python process that speaks with Ray (assets/ray/bridge.py): started, asked, ended. It runs in a group of its own,
 * so that Ctrl-C reaches the driver alone, which ends it; when the driver is gone, its stdin ends and so does it.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fail, TunesmithError } from "../../base/errors.ts";
import { packageVersion } from "../../base/package-version.ts";
import { encodeFrame, readFrames, type Frame } from "./frame.ts";

export interface BridgeOptions {
  /** "auto", or host and port of the cluster's head. */
  readonly address: string;
  /** Python that has ray. */
  readonly python: string;
  /** Worker processes at most; one for each CPU of the cluster when undefined. */
  readonly workers?: number;
  /** Ends the bridge even while it connects. */
  readonly signal?: AbortSignal;
  /** Told what a person should know while a run goes on. */
  readonly onNote?: (text: string) => void;
}

export interface Bridge {
  readonly nodes: number;
  readonly cpus: number;
  /** Worker processes that are ready now. */
  readonly ready: () => number;
  readonly send: (header: Frame["header"], body?: Uint8Array) => void;
  /** @throws {@link LostError}, E_DATA_RAY when the bridge ends */
  readonly ask: (header: Frame["header"], body?: Uint8Array) => Promise<Frame>;
  readonly close: () => Promise<void>;
}

/** A task that Ray could not bring to an end. */
export class LostError extends Error {}

/** Headers that the bridge sends; which fields there are follows from the kind. */
interface Told {
  readonly kind: string;
  readonly id: number;
  readonly count: number;
  readonly reason: string;
  readonly text: string;
}

interface Waiting {
  readonly resolve: (frame: Frame) => void;
  readonly reject: (error: unknown) => void;
}

const script = fileURLToPath(new URL("../../../assets/ray/bridge.py", import.meta.url));
const worker = fileURLToPath(new URL("./worker-process.js", import.meta.url));

const CLOSE_MILLISECONDS = 15_000;
const STDERR_CHARACTERS = 4000;

/** @throws E_DATA_RAY */
export async function startBridge(options: BridgeOptions): Promise<Bridge> {
  const { address, python, workers = null } = options;
  if (address.startsWith("ray://")) {
    fail("E_DATA_RAY", {
      where: address,
      what: "Ray Client is not spoken here.",
      fix: "Run the command on a machine of the cluster (`ray start --address=HEAD:6379` makes this one such), with --ray-address auto.",
    });
  }
  const child = spawn(python, [script], { detached: true, stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-STDERR_CHARACTERS);
  });
  // A bridge that is gone is told by the end of its stdout.
  child.stdin.on("error", () => undefined);
  const gone = new Promise<Error | undefined>((resolve) => {
    child.once("error", resolve);
    child.once("exit", () => resolve(undefined));
  });

  const asked = new Map<number, Waiting>();
  let next = 0;
  let ready = 0;
  let ended: unknown;
  let started: ((frame: Frame) => void) | undefined;
  const end = (error: unknown): void => {
    ended ??= error;
    for (const { reject } of asked.values()) reject(ended);
    asked.clear();
  };
  const take = (frame: Frame): void => {
    const { kind, id, count, reason, text } = frame.header as unknown as Told;
    if (kind === "started") started?.(frame);
    else if (kind === "width") ready = count;
    else if (kind === "note") options.onNote?.(text);
    else if (kind === "failed") end(failureOf(reason, text, options));
    else {
      const waiting = asked.get(id);
      asked.delete(id);
      if (kind === "lost") waiting?.reject(new LostError(text));
      else waiting?.resolve(frame);
    }
  };
  const read = async (): Promise<void> => {
    let broken: unknown;
    try {
      for await (const frame of readFrames(child.stdout)) take(frame);
    } catch (error) {
      broken = error;
      child.kill("SIGKILL");
    }
    const error = await gone;
    if (error !== undefined) end(noPython(python, error));
    else end(broken ?? deathOf(address, stderr));
  };
  const reading = read();

  const send = (header: Frame["header"], body?: Uint8Array): void => {
    child.stdin.write(encodeFrame(header, body));
  };
  const close = async (): Promise<void> => {
    child.stdin.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), CLOSE_MILLISECONDS);
    await reading;
    clearTimeout(timer);
  };
  const abort = (): void => {
    // A run that is under way is ended by the engine, which writes down what is done.
    if (!connected) child.kill("SIGKILL");
  };
  let connected = false;
  options.signal?.addEventListener("abort", abort, { once: true });
  const first = new Promise<Frame>((resolve) => {
    started = resolve;
  });
  const command = [process.execPath, worker];
  send({ kind: "start", address, workers, command, version: packageVersion() });
  const frame = await Promise.race([first, reading.then(() => undefined)]);
  connected = true;
  options.signal?.removeEventListener("abort", abort);
  if (frame === undefined) {
    options.signal?.throwIfAborted();
    throw ended;
  }
  const { nodes, cpus } = frame.header as { readonly nodes: number; readonly cpus: number };
  return {
    nodes,
    cpus,
    ready: () => ready,
    send,
    ask: (header, body) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended as Error);
        const id = next++;
        asked.set(id, { resolve, reject });
        send({ ...header, id }, body);
      }),
    close,
  };
}

const INSTALL = 'pip install "ray[data]"';

const noPython = (python: string, cause: Error): TunesmithError =>
  new TunesmithError("E_DATA_RAY", {
    where: python,
    what: `this Python cannot be started (${(cause as { readonly code?: string }).code ?? cause.message}).`,
    fix: `Install Python and Ray (${INSTALL}), and name it with --ray-python or TUNESMITH_RAY_PYTHON.`,
    cause,
  });

const deathOf = (address: string, stderr: string): TunesmithError =>
  new TunesmithError("E_DATA_RAY", {
    where: address,
    what: `the connection to Ray ended: ${stderr.trim().split("\n").at(-1) || "without a word"}.`,
    fix: "Look at `ray status`; what was finished is kept, and the same command goes on from there.",
  });

function failureOf(reason: string, text: string, { address, python }: BridgeOptions): TunesmithError {
  const line = text.trim().split("\n")[0]?.replace(/\.$/, "") ?? "";
  switch (reason) {
    case "missing":
      return new TunesmithError("E_DATA_RAY", {
        where: python,
        what: `this Python has no ray (${line}).`,
        fix: `${python} -m ${INSTALL}, or name another Python with --ray-python or TUNESMITH_RAY_PYTHON.`,
      });
    case "version":
      return new TunesmithError("E_DATA_RAY", {
        where: python,
        what: `ray ${line} is too old: 2.40 or later is needed.`,
        fix: `${python} -m pip install --upgrade "ray[data]", on all machines of the cluster.`,
      });
    case "node":
      return new TunesmithError("E_DATA_RAY", {
        what: `a node cannot work: ${line}.`,
        fix: "Install the same version of tunesmith on every node (npm install -g tunesmith), or at the same path.",
      });
    default:
      return new TunesmithError("E_DATA_RAY", {
        where: `ray_address ${address}`,
        what: `no Ray cluster can be reached: ${line}.`,
        fix: "Start one with `ray start --head`, join machines with `ray start --address=HEAD:6379`, and see `ray status`.",
      });
  }
}
