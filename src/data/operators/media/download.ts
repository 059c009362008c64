/**
 * Files from addresses that rows bring, which nobody has looked at: http and https alone, few redirects, a limit on
 * time and size, and, unless it is allowed, no address of a private network, whatever name leads there.
 */
import { lookup as lookUpName, type LookupAddress, type LookupOptions } from "node:dns";
import { get as getPlain, type IncomingMessage } from "node:http";
import { get as getSecure } from "node:https";
import { BlockList, isIP } from "node:net";

export interface DownloadLimits {
  /** Of one file, redirects included. */
  readonly seconds: number;
  readonly bytes: number;
  /** Whether hosts of this machine and of private networks may be asked. */
  readonly privateHosts: boolean;
}

/** Why a file cannot be had, as the end of a sentence: "the server answers 404". */
export class DownloadProblem extends Error {}

const REDIRECTS = 5;

/**
 * Gives the body of an address piece by piece. Each piece is taken before the next one is asked for.
 * @throws DownloadProblem
 */
export async function download(
  address: string,
  limits: DownloadLimits,
  take: (piece: Uint8Array) => Promise<void> | void,
): Promise<void> {
  const signal = AbortSignal.timeout(limits.seconds * 1000);
  try {
    const response = await follow(address, limits, signal);
    let received = 0;
    for await (const piece of response as AsyncIterable<Uint8Array>) {
      received += piece.length;
      if (received > limits.bytes) tooLong(limits);
      await take(piece);
    }
    const told = response.headers["content-length"];
    if (told !== undefined && Number(told) !== received) {
      throw new DownloadProblem(`the server tells of ${told} bytes and sends ${received}`);
    }
  } catch (cause) {
    if (signal.aborted) throw new DownloadProblem(`it does not come within ${limits.seconds} seconds`, { cause });
    if (cause instanceof DownloadProblem || !isNetworkError(cause)) throw cause;
    throw new DownloadProblem(`the connection fails: ${cause.message}`, { cause });
  }
}

/** What Node throws of connections and of answers that are no HTTP, not of files. */
const isNetworkError = (error: unknown): error is Error =>
  error instanceof Error &&
  /^(?:E(?:CONN|HOST|NET|PIPE|TIMEDOUT|PROTO|AI_|NOTFOUND)|HPE_|ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_|UNABLE_)/.test(
    String((error as NodeJS.ErrnoException).code),
  );

const tooLong = ({ bytes }: DownloadLimits): never => {
  throw new DownloadProblem(`it is longer than ${bytes} bytes`);
};

async function follow(address: string, limits: DownloadLimits, signal: AbortSignal): Promise<IncomingMessage> {
  let url = addressOf(address);
  for (let hop = 0; hop <= REDIRECTS; hop++) {
    const response = await ask(url, limits, signal);
    const { statusCode: status = 0, headers } = response;
    if (status >= 300 && status < 400 && headers.location !== undefined) {
      response.destroy();
      url = addressOf(headers.location, url);
      continue;
    }
    const problem = problemOf(status, headers["content-encoding"]);
    if (problem !== undefined) {
      response.destroy();
      throw new DownloadProblem(problem);
    }
    if (Number(headers["content-length"] ?? 0) > limits.bytes) {
      response.destroy();
      tooLong(limits);
    }
    return response;
  }
  throw new DownloadProblem(`it is redirected more than ${REDIRECTS} times`);
}

function problemOf(status: number, encoding: string | undefined): string | undefined {
  if (status !== 200) return `the server answers ${status}`;
  // It was told that only the file as it is will do.
  return encoding === undefined || encoding === "identity" ? undefined : `the server sends it as ${encoding}`;
}

function addressOf(address: string, base?: URL): URL {
  if (!URL.canParse(address, base)) throw new DownloadProblem("it is no address");
  const url = new URL(address, base);
  if (url.protocol === "http:" || url.protocol === "https:") return url;
  throw new DownloadProblem(`it leads to ${url.protocol}, which is neither http nor https`);
}

function ask(url: URL, { privateHosts }: DownloadLimits, signal: AbortSignal): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  // Names are checked where they are looked up: what was found there is what is connected to.
  if (!privateHosts && isIP(host) !== 0 && isPrivate(host)) refuseHost(host);
  const options = {
    signal,
    agent: false,
    headers: { "user-agent": "tunesmith", "accept-encoding": "identity" },
    ...(privateHosts ? {} : { lookup: lookUpPublic }),
  } as const;
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? getSecure : getPlain)(url, options, resolve);
    request.once("error", reject);
  });
}

type LookupAnswer = (error: Error | null, address: string | LookupAddress[], family?: number) => void;

function lookUpPublic(name: string, options: LookupOptions, answer: LookupAnswer): void {
  lookUpName(name, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return answer(error, "");
    const [first] = addresses;
    const hidden = addresses.find(({ address }) => isPrivate(address));
    if (hidden !== undefined || first === undefined) return answer(hostProblem(name), "");
    return options.all === true ? answer(null, addresses) : answer(null, first.address, first.family);
  });
}

const hostProblem = (host: string): DownloadProblem =>
  new DownloadProblem(`${host} is in a private network, which allow_private_hosts would allow`);

function refuseHost(host: string): never {
  throw hostProblem(host);
}

/** Addresses that are not of the public network (IANA's registries of special-purpose addresses). */
const reserved = new BlockList();
for (const range of [
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.168.0.0/16",
  "198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4",
  "::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 fc00::/7 fe80::/10 ff00::/8",
].flatMap((list) => list.split(" "))) {
  const [network = "", bits = ""] = range.split("/");
  reserved.addSubnet(network, Number(bits), network.includes(":") ? "ipv6" : "ipv4");
}

/** Addresses of version 4 written as ones of version 6 are checked as what they are. */
export const isPrivate = (address: string): boolean => reserved.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
