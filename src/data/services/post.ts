/**
 * One request to an API by fetch: with a time limit that covers the whole answer, a limit of its size, and faults as
 * values that say whether asking again may help. Redirections are not followed: they would carry the question elsewhere.
 */

export interface PostOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON; without one the request is a GET. */
  readonly body?: unknown;
  /** Seconds. */
  readonly timeout: number;
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export type Posted =
  | { readonly kind: "reply"; readonly status: number; readonly retryAfter: string | null; readonly text: string }
  | { readonly kind: "fault"; readonly what: string; readonly again: boolean; readonly timedOut?: boolean };

/** @throws the signal's reason */
export async function post(url: string, options: PostOptions): Promise<Posted> {
  const { headers, body, timeout, maxBytes, signal } = options;
  const limit = AbortSignal.timeout(timeout * 1000);
  try {
    const response = await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "manual",
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
    });
    const text = await readText(response, maxBytes);
    if (text === undefined) {
      return { kind: "fault", what: `the answer is larger than ${Math.round(maxBytes / 2 ** 20)} MiB`, again: false };
    }
    return { kind: "reply", status: response.status, retryAfter: response.headers.get("retry-after"), text };
  } catch (error) {
    signal?.throwIfAborted();
    if (limit.aborted)
      return { kind: "fault", what: `no answer within ${timeout} seconds`, again: true, timedOut: true };
    return faultOf(error);
  }
}

/** The body, or undefined when it is too large; the rest of it is then not read. */
async function readText(response: Response, maxBytes: number): Promise<string | undefined> {
  if (response.body === null) return "";
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > maxBytes) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts, size).toString("utf8");
}

/** What the system says of a connection that failed, by its code. */
const faults: Readonly<Record<string, { readonly what: string; readonly again: boolean }>> = {
  ECONNREFUSED: { what: "nobody listens there (connection refused)", again: true },
  ECONNRESET: { what: "the connection was reset", again: true },
  EPIPE: { what: "the connection was closed", again: true },
  ETIMEDOUT: { what: "no connection within the system's time", again: true },
  EHOSTUNREACH: { what: "the host cannot be reached", again: true },
  ENETUNREACH: { what: "the network cannot be reached", again: true },
  EAI_AGAIN: { what: "the name of the host cannot be looked up now", again: true },
  ENOTFOUND: { what: "there is no host of that name", again: false },
  UND_ERR_SOCKET: { what: "the connection broke off", again: true },
  UND_ERR_CONNECT_TIMEOUT: { what: "no connection in time", again: true },
  UND_ERR_HEADERS_TIMEOUT: { what: "no answer in time", again: true },
  UND_ERR_BODY_TIMEOUT: { what: "the answer stopped half way", again: true },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { what: "the answer was cut short", again: true },
};

function faultOf(error: unknown): Posted {
  // fetch says "fetch failed" or "terminated"; the reason is below, for several addresses of a host one below each.
  let reason: unknown = error;
  for (let depth = 0; depth < 4 && reason instanceof Error; depth++) {
    const { code } = reason as { readonly code?: unknown };
    const known = typeof code === "string" ? faults[code] : undefined;
    if (known !== undefined) return { kind: "fault", ...known };
    const below: unknown = reason instanceof AggregateError ? reason.errors[0] : reason.cause;
    if (below === undefined) break;
    reason = below;
  }
  const what = reason instanceof Error ? reason.message : String(reason);
  // A certificate or an address that is refused stays so; a body that ends early ("terminated") need not.
  return { kind: "fault", what, again: what === "terminated" || what === "other side closed" };
}
