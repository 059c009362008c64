/**
 * Addresses of an OpenAI-compatible API. People name the base ("http://localhost:8000/v1"), the full address of the
 * chat ("…/v1/chat/completions"), or for one operator a path below the base ("/chat/completions"), as in Data-Juicer.
 */
import { fail } from "../../base/errors.ts";

export interface Endpoint {
  /** Scheme, host and path of the base, without a query: for messages and as the key of answers. */
  readonly shown: string;
  readonly origin: string;
  /** Full address of a path below the base, for example "/embeddings". */
  readonly at: (path: string) => string;
  /** Full address of the chat: the base with "/chat/completions", unless another path was given. */
  readonly chat: string;
}

const CHAT = "/chat/completions";

/** @throws E_DATA_ENDPOINT when the text is no address, or holds a password */
export function endpointOf(text: string, base?: Endpoint): Endpoint {
  if (base !== undefined && text.startsWith("/")) return { ...base, chat: base.at(text) };
  const url = parse(text);
  if (url.username !== "" || url.password !== "") {
    fail("E_DATA_ENDPOINT", {
      where: `${url.protocol}//${url.host}`,
      what: "the address holds a name or a password.",
      fix: "Leave them out; the key belongs in OPENAI_API_KEY.",
    });
  }
  const path = url.pathname.replace(/\/+$/, "");
  const below = path.endsWith(CHAT) ? path.slice(0, -CHAT.length) : path;
  const at = (more: string): string => `${url.origin}${below}${more}${url.search}`;
  return { shown: `${url.origin}${below}`, origin: url.origin, at, chat: at(CHAT) };
}

function parse(text: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(text);
  } catch {
    // Told below.
  }
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  return fail("E_DATA_ENDPOINT", {
    where: text.replace(/\/\/[^/@]*@/, "//").slice(0, 200),
    what: "this is no address of an API.",
    fix: "Give one that begins with http:// or https://, for example http://localhost:8000/v1.",
  });
}
