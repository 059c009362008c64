import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveFiles, type FileServer } from "../testing/file-server.ts";
import { download, isPrivate } from "./download.ts";

let server: FileServer;
beforeAll(async () => {
  server = await serveFiles();
});
afterAll(() => server.close());

const limits = { seconds: 10, bytes: 1000, privateHosts: true };

async function read(path: string, given: Partial<typeof limits> = {}): Promise<string> {
  const pieces: Uint8Array[] = [];
  const address = /^\w+:/.test(path) ? path : `${server.address}${path}`;
  await download(address, { ...limits, ...given }, (piece) => void pieces.push(piece));
  return Buffer.concat(pieces).toString("utf8");
}

describe("a download", () => {
  it("gives the body", async () => {
    expect(await read("/file/a.txt")).toBe("content of a.txt");
    expect(await read("/big/1000")).toHaveLength(1000);
    expect(await read("/big/0")).toBe("");
  });

  it("follows a few redirects", async () => {
    expect(await read(`/to/${encodeURIComponent("/to/%2Ffile%2Fb")}`)).toBe("content of b");
    await expect(read("/round/1")).rejects.toThrow("it is redirected more than 5 times");
  });

  it.each([
    ["/status/404", "the server answers 404"],
    ["/status/500", "the server answers 500"],
    ["/status/206", "the server answers 206"],
    ["/big/1001", "it is longer than 1000 bytes"],
    ["/endless/", "it is longer than 1000 bytes"],
    ["/claims/1000000", "it is longer than 1000 bytes"],
    ["/lies/500", "the connection fails: aborted"],
    ["/gzip/", "the server sends it as gzip"],
    ["/garbage/", "the connection fails: Parse Error"],
    ["/to/file%3A%2F%2F%2Fetc%2Fpasswd", "it leads to file:, which is neither http nor https"],
    ["/to/http%3A%2F%2F%5B", "it is no address"],
    ["ftp://a.example/b", "it leads to ftp:, which is neither http nor https"],
    ["http://127.0.0.1:1/", "the connection fails: connect ECONNREFUSED 127.0.0.1:1"],
  ])("refuses %s", async (path, problem) => {
    await expect(read(path)).rejects.toThrow(problem);
  });

  it.each(["/slow/", "/never/"])("does not wait for %s", async (path) => {
    await expect(read(path, { seconds: 0.3 })).rejects.toThrow("it does not come within 0.3 seconds");
  });

  it("asks no host of a private network, by number, by name or by redirect", async () => {
    const { port } = new URL(server.address);
    const before = server.asked.length;
    for (const host of ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "0.0.0.0"]) {
      const asked = read(`http://${host}:${port}/file/a`, { privateHosts: false });
      await expect(asked, host).rejects.toThrow("is in a private network, which allow_private_hosts would allow");
    }
    expect(server.asked).toHaveLength(before);
  });

  it("knows private addresses", () => {
    const hidden = [
      "10.1.2.3",
      "172.31.0.1",
      "192.168.1.1",
      "169.254.169.254",
      "100.64.0.1",
      "224.0.0.1",
      "::1",
      "fe80::1",
    ];
    expect(hidden.filter(isPrivate)).toEqual(hidden);
    expect(["fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"].every(isPrivate)).toBe(true);
    expect(["8.8.8.8", "172.32.0.1", "2606:4700::1111", "1.1.1.1"].some(isPrivate)).toBe(false);
  });
});
