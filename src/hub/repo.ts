/** Names of repositories on the hub, and what a refusal of the hub means. */
import { fail, isTunesmithError } from "../base/errors.ts";
import type { HubSettings } from "./settings.ts";

export interface Repo {
  readonly type: "model" | "dataset";
  /** "org/name". */
  readonly name: string;
}

/** Whether a text can be a name on the hub: two words of letters, digits and `-_.`. */
export function isHubName(text: string): boolean {
  return /^[\w-][\w.-]*\/[\w-][\w.-]*$/.test(text) && !/--|\.\.|\.git$/.test(text);
}

/** How Python's cache names the folder of a repository. */
export const repoFolder = ({ type, name }: Repo): string => `${type}s--${name.replace("/", "--")}`;

/** A fetch that shows the token to the hub alone, never to where it redirects. */
export function hubFetch({ endpoint, token }: HubSettings): typeof fetch {
  const { origin } = new URL(endpoint);
  return (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    const headers = new Headers(init?.headers);
    if (token !== undefined && new URL(url).origin === origin) headers.set("Authorization", `Bearer ${token}`);
    return fetch(input, { ...init, headers });
  };
}

/** @throws E_HUB_ACCESS, E_HUB_NAME or E_HUB_NETWORK for a status of the hub */
export function failStatus(status: number, where: string, { token }: HubSettings): never {
  if (status === 401 || status === 403) {
    const how = token === undefined ? "no token was given" : "the token that was given is not let in";
    return fail("E_HUB_ACCESS", {
      where,
      what: `the hub refuses (status ${status}): it does not exist, or is closed and ${how}.`,
    });
  }
  if (status === 404) return fail("E_HUB_NAME", { where, what: "the hub does not have it." });
  return fail("E_HUB_NETWORK", { where, what: `the hub answers with status ${status}.` });
}

/** An error of a request, in words. What was thrown on purpose and interruptions pass. */
export function failRequest(cause: unknown, where: string, settings: HubSettings): never {
  if (isTunesmithError(cause) || (cause as { readonly name?: string }).name === "AbortError") throw cause;
  const { statusCode } = cause as { readonly statusCode?: number };
  if (statusCode !== undefined) return failStatus(statusCode, where, settings);
  return fail("E_HUB_NETWORK", { where, what: `${settings.endpoint} cannot be reached: ${reason(cause)}.`, cause });
}

function reason(cause: unknown): string {
  const inner = (cause as { readonly cause?: { readonly code?: string; readonly message?: string } }).cause;
  return inner?.code ?? inner?.message ?? (cause as Error).message;
}
