/**
 * Sends one request until it is answered: budget, concurrency, retries, and what each kind of refusal means.
 *
 * - 429, 5xx, timeouts and broken connections are tried again.
 * - 400, 413 and 422 are about this one question (too long, refused): the row is bad. When nothing but such refusals
 *   comes, it is about all questions, and the run ends.
 * - A question on which the server breaks or that it never ends, while it answers others, makes the row bad too: else
 *   no run could ever get past it.
 * - Everything else (a wrong key, an unknown model) ends the run, as does a question that no attempt could get through.
 */
import { fail, isTunesmithError, type TunesmithError } from "../../base/errors.ts";
import type { ApiKey } from "./api-key.ts";
import type { Budget } from "./budget.ts";
import { createLanes } from "./lanes.ts";
import { post } from "./post.ts";
import { backoff, pause, retryAfterMilliseconds, type RetryPolicy } from "./retry.ts";

export interface SenderOptions {
  readonly key: ApiKey;
  /** The key goes to this origin only; an operator may name another endpoint, which then gets none. */
  readonly keyOrigin: string;
  readonly budget: Budget;
  readonly concurrency: number;
  /** Seconds for one answer. */
  readonly timeout: number;
  readonly retry: RetryPolicy;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

export interface Request {
  readonly url: string;
  readonly body?: unknown;
  /** Where jitter is drawn. */
  readonly address: string;
}

export interface Sender {
  /** The JSON of the answer. @throws E_DATA_ENDPOINT; E_DATA_ROW when the server refuses this one question */
  readonly send: (request: Request) => Promise<unknown>;
  /** Throws what ended the run, so that questions behind it are not asked. */
  readonly check: () => void;
}

const MAX_BYTES = 16 * 2 ** 20;
/** Refusals of single questions, with no answer between them, after which all are taken to be refused. */
const REFUSALS = 16;
const ofOneQuestion: ReadonlySet<number> = new Set([400, 413, 422]);
const transient = (status: number): boolean => status === 408 || status === 409 || status === 429 || status >= 500;

export function createSender(options: SenderOptions): Sender {
  const { key, keyOrigin, budget, timeout, retry, seed, signal } = options;
  const lanes = createLanes(options.concurrency);
  let ended: TunesmithError | undefined;
  let refused = 0;
  let answered = 0;
  /** A server that asks to be left alone is left alone by all lanes. */
  let quietUntil = 0;

  const attempt = async ({ url, body }: Request): Promise<Attempt> => {
    await budget.take();
    const { origin } = new URL(url);
    const headers = { accept: "application/json", ...(origin === keyOrigin ? key.headers : {}) };
    const posted = await post(url, {
      headers,
      timeout,
      maxBytes: MAX_BYTES,
      ...(body === undefined ? {} : { body }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (posted.kind === "fault") return { ...posted, what: key.hide(posted.what) };
    const { status, text } = posted;
    const whole = status >= 200 && status < 300;
    const value = whole ? parsed(text) : undefined;
    if (value !== undefined) return { kind: "answer", value };
    // Hidden before it is shortened: half a key is too much.
    const told = key.hide(text);
    if (whole) return { kind: "fault", again: true, what: `the answer is no JSON: ${shortened(told)}` };
    const said = messageOf(parsed(told), told);
    const what = `status ${status}${said === "" ? "" : `: ${said}`}`;
    if (ofOneQuestion.has(status)) return { kind: "refusal", what };
    const wish = retryAfterMilliseconds(posted.retryAfter);
    return { kind: "fault", again: transient(status), what, status, ...(wish === undefined ? {} : { wish }) };
  };

  const untilAnswered = async (request: Request): Promise<unknown> => {
    const before = answered;
    for (let tried = 1; ; tried++) {
      check();
      if (quietUntil > Date.now()) await pause(quietUntil - Date.now(), signal);
      const outcome = await attempt(request);
      if (outcome.kind === "answer") {
        refused = 0;
        answered++;
        return outcome.value;
      }
      if (outcome.kind === "refusal") return failRefused(request, outcome.what, ++refused);
      const { wish = 0 } = outcome;
      if (!outcome.again || tried >= retry.attempts || wish > retry.longestWish) {
        const itself = outcome.status === 500 || outcome.timedOut === true;
        return failFault(request, outcome, { tried, ofRow: itself && answered > before });
      }
      quietUntil = Math.max(quietUntil, Date.now() + wish);
      await pause(Math.max(wish, backoff(retry, tried, seed, request.address)), signal);
    }
  };

  const check = (): void => {
    signal?.throwIfAborted();
    if (ended !== undefined) throw ended;
  };

  return {
    check,
    send: async (request) => {
      try {
        return await lanes(() => untilAnswered(request));
      } catch (error) {
        if (isTunesmithError(error, "E_DATA_ENDPOINT")) ended ??= error;
        throw error;
      }
    },
  };
}

type Attempt =
  | { readonly kind: "answer"; readonly value: unknown }
  | { readonly kind: "refusal"; readonly what: string }
  | Fault;

interface Fault {
  readonly kind: "fault";
  readonly what: string;
  readonly again: boolean;
  readonly status?: number;
  readonly timedOut?: boolean;
  /** Milliseconds that the server wants to be left alone. */
  readonly wish?: number;
}

/** Without the query, which may hold what nobody else should see. */
const shownUrl = (url: string): string => url.replace(/\?.*$/s, "");

function failRefused({ url }: Request, what: string, times: number): never {
  if (times < REFUSALS) {
    return fail("E_DATA_ROW", { where: shownUrl(url), what: `the model's server refuses the question, ${what}` });
  }
  return fail("E_DATA_ENDPOINT", {
    where: shownUrl(url),
    what: `${times} questions were refused with no answer between them, the last with ${what}.`,
    fix: "Correct the name of the model and sampling_params; then run the same command again.",
  });
}

interface FailedTries {
  readonly tried: number;
  /** Whether it is this question that the server cannot answer. */
  readonly ofRow: boolean;
}

function failFault({ url }: Request, { what, status, wish = 0 }: Fault, { tried, ofRow }: FailedTries): never {
  if (ofRow) {
    fail("E_DATA_ROW", {
      where: shownUrl(url),
      what: `the model's server fails on this question and answers others, after ${tried} attempts: ${what}`,
    });
  }
  const times = tried === 1 ? "" : `, after ${tried} attempts`;
  const later = wish > 0 ? ` It asks to be left alone for ${Math.ceil(wish / 1000)} seconds.` : "";
  return fail("E_DATA_ENDPOINT", {
    where: shownUrl(url),
    what: `${what.replace(/\.$/, "")}${times}.${later}`,
    fix: adviceOf(status),
  });
}

const KEPT = "What was answered is kept: run the same command again to go on.";

function adviceOf(status: number | undefined): string {
  if (status === undefined) return `Start the server, or correct api_endpoint. ${KEPT}`;
  if (status === 401 || status === 403) return `Set OPENAI_API_KEY to a key that this server takes. ${KEPT}`;
  if (status === 404) return "Correct api_endpoint (most end with /v1) and the name of the model.";
  if (status >= 300 && status < 400) return "Give the address that it redirects to.";
  if (status === 429) return `Lower api_concurrency, or wait. ${KEPT}`;
  return `Look at the log of the server. ${KEPT}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const shortened = (text: string): string => {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 297)}...` : line;
};

/** {error: {message}}, {error}, {message}, {detail}, or the text itself. */
function messageOf(value: unknown, text: string): string {
  const at = (object: unknown, name: string): unknown =>
    typeof object === "object" && object !== null ? (object as Readonly<Record<string, unknown>>)[name] : undefined;
  const error = at(value, "error");
  const found = [at(error, "message"), error, at(value, "message"), at(value, "detail")].find(
    (one) => typeof one === "string" && one !== "",
  );
  return shortened((found as string | undefined) ?? text);
}
