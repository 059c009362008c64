/** For tests: a server on this machine that sends files, slowly, wrongly, or not at all. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface FileServer {
  /** "http://127.0.0.1:43210" */
  readonly address: string;
  /** Paths in the order in which they were asked for. */
  readonly asked: readonly string[];
  /** The most answers that were under way at one time. */
  readonly most: () => number;
  readonly close: () => Promise<void>;
}

export async function serveFiles(): Promise<FileServer> {
  const asked: string[] = [];
  let [now, most] = [0, 0];
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    asked.push(path);
    most = Math.max(most, ++now);
    response.once("close", () => now--);
    const [, kind = "", rest = ""] = /^\/(\w+)\/?(.*)$/.exec(path) ?? [];
    if (kind === "file") response.end(`content of ${rest}`);
    else if (kind === "soon") setTimeout(() => response.end(rest), 50);
    else if (kind === "slow") response.write("begun");
    else if (kind === "never") request.socket.pause();
    else if (kind === "status") response.writeHead(Number(rest)).end("no");
    else if (kind === "big") response.end("x".repeat(Number(rest)));
    else if (kind === "lies") {
      response.writeHead(200, { "content-length": rest });
      response.write("short");
      setTimeout(() => response.destroy(), 20);
    } else if (kind === "claims") response.writeHead(200, { "content-length": rest }).flushHeaders();
    else if (kind === "endless") {
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.on("drain", more);
      more();
    } else if (kind === "gzip") response.writeHead(200, { "content-encoding": "gzip" }).end("??");
    else if (kind === "to") response.writeHead(302, { location: decodeURIComponent(rest) }).end();
    else if (kind === "round") response.writeHead(301, { location: path }).end();
    else if (kind === "garbage") request.socket.end("no HTTP at all\r\n\r\n");
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    asked,
    most: () => most,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
