/** A server that speaks what Tunesmith uses of the hub's API, and misbehaves on request. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface HubRepo {
  readonly type?: "model" | "dataset";
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** Those that are listed as large files, by SHA-256. */
  readonly large?: readonly string[];
  /** A token is needed. */
  readonly token?: string;
}

export interface Faults {
  /** Ends the next so many transfers of a file after so many bytes. */
  cut?: { path: string; after: number; times: number };
  /** Sends other bytes of the same length. */
  wrong?: string;
  /** Lists another size than is sent. */
  longer?: string;
  /** Answers everything with this status. */
  status?: number;
}

export interface HubServer {
  readonly url: string;
  readonly faults: Faults;
  /** "GET /path" and the range asked for. */
  readonly requests: string[];
  readonly close: () => Promise<void>;
}

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

const bytesOf = (content: string | Uint8Array): Buffer => Buffer.from(content as Uint8Array);
export const gitHash = (content: string | Uint8Array): string => {
  const bytes = bytesOf(content);
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
};
export const sha256 = (content: string | Uint8Array): string =>
  createHash("sha256").update(bytesOf(content)).digest("hex");

export async function startHub(repos: Readonly<Record<string, HubRepo>>): Promise<HubServer> {
  const faults: Faults = {};
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}${request.headers.range ? ` ${request.headers.range}` : ""}`);
    answer(request, response, repos, faults);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { url: `http://127.0.0.1:${port}`, faults, requests, close };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  repos: Readonly<Record<string, HubRepo>>,
  faults: Faults,
): void {
  const path = decodeURIComponent(new URL(request.url ?? "", "http://hub").pathname);
  const json = (status: number, value: unknown): void => {
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
  };
  if (faults.status !== undefined) return json(faults.status, { error: "out of order" });
  const api = /^\/api\/(model|dataset)s\/([^/]+\/[^/]+)\/(revision|tree)\/([^/]+)/.exec(path);
  const file = /^\/(datasets\/)?([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path);
  const name = api?.[2] ?? file?.[2] ?? "";
  const type = api?.[1] ?? (file?.[1] === undefined ? "model" : "dataset");
  const repo = Object.hasOwn(repos, name) ? repos[name] : undefined;
  if (repo === undefined || (repo.type ?? "model") !== type) return json(404, { error: "Repository not found" });
  if (repo.token !== undefined && request.headers.authorization !== `Bearer ${repo.token}`) {
    return json(401, { error: "Access to this resource is restricted" });
  }
  if (api?.[3] === "revision") {
    return api[4] === "main" || api[4] === COMMIT
      ? json(200, {
          _id: "1",
          id: name,
          sha: COMMIT,
          private: false,
          gated: false,
          downloads: 0,
          likes: 0,
          lastModified: "2024-01-01T00:00:00.000Z",
        })
      : json(404, { error: "Invalid rev id" });
  }
  if (api?.[3] === "tree") {
    const entries = Object.entries(repo.files).map(([entry, content]) => {
      const size = bytesOf(content).length + (faults.longer === entry ? 1 : 0);
      const lfs = repo.large?.includes(entry) === true ? { lfs: { oid: sha256(content), size, pointerSize: 134 } } : {};
      return { type: "file", path: entry, size, oid: gitHash(content), ...lfs };
    });
    return json(200, entries);
  }
  const content = file === null ? undefined : repo.files[file[4] as string];
  if (content === undefined) return json(404, { error: "Entry not found" });
  send(request, response, file?.[4] as string, bytesOf(content), faults);
}

function send(request: IncomingMessage, response: ServerResponse, path: string, content: Buffer, faults: Faults): void {
  const bytes = faults.wrong === path ? Buffer.alloc(content.length, 0x78) : content;
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const part = bytes.subarray(from);
  const headers = { "Content-Length": part.length };
  if (request.headers.range === undefined) response.writeHead(200, headers);
  else response.writeHead(206, { ...headers, "Content-Range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` });
  const { cut } = faults;
  if (cut === undefined || cut.path !== path || cut.times === 0) {
    response.end(part);
    return;
  }
  cut.times--;
  response.write(part.subarray(0, cut.after), () => setTimeout(() => response.destroy(), 20));
}
