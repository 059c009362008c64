import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RawObject } from "../../shapes/shape.ts";
import { createSample } from "../sample.ts";
import { serveFiles, type FileServer } from "../testing/file-server.ts";
import { plainTools, readyOf } from "../testing/ready.ts";
import { downloadFileMapper } from "./download-file.ts";

let server: FileServer;
let base: string;
beforeAll(async () => {
  server = await serveFiles();
  base = mkdtempSync(join(tmpdir(), "download-"));
});
afterAll(async () => {
  await server.close();
  rmSync(base, { recursive: true, force: true });
});
beforeEach(() => rmSync(join(base, "files"), { recursive: true, force: true }));

const tools = { ...plainTools, resolve: (path: string) => join(base, path) };
const common = { download_field: "url", allow_private_hosts: true };

/** All rows at one time, as the engine does it with operators that wait. */
async function run(given: RawObject, rows: readonly RawObject[]): Promise<readonly RawObject[]> {
  const map = await readyOf(downloadFileMapper, { ...common, ...given }, tools);
  return Promise.all(rows.map(async (row, i) => (await map(createSample(row, `rows.jsonl:${i + 1}`))) as RawObject));
}

const at = (path: string): string => `${server.address}${path}`;
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const content = (path: unknown): string => readFileSync(join(base, String(path)), "utf8");

describe("download_file_mapper into a folder", () => {
  const save_dir = "files/in";

  it("puts paths in place of addresses, alone or in a list", async () => {
    const rows = await run({ save_dir }, [
      { id: 1, url: at("/file/a.png") },
      { url: [at("/file/b"), at("/file/c?x=1")] },
    ]);
    expect(rows[0]).toEqual({ id: 1, url: expect.stringMatching(/^files\/in\/[0-9a-f]{12}-a\.png$/) });
    expect(content(rows[0]?.["url"])).toBe("content of a.png");
    expect([rows[1]?.["url"]].flat().map(content)).toEqual(["content of b", "content of c?x=1"]);
  });

  it("keeps files of one name apart, and asks for one address once", async () => {
    const before = server.asked.length;
    const urls = [at("/file/x/1.jpg"), at("/file/y/1.jpg"), at("/file/x/1.jpg")];
    const rows = await run(
      { save_dir },
      urls.map((url) => ({ url })),
    );
    expect(rows.map(({ url }) => content(url))).toEqual([
      "content of x/1.jpg",
      "content of y/1.jpg",
      "content of x/1.jpg",
    ]);
    expect(server.asked).toHaveLength(before + 2);
    expect(
      await run(
        { save_dir },
        urls.map((url) => ({ url })),
      ),
    ).toEqual(rows);
    expect(server.asked).toHaveLength(before + 2);
  });

  it("writes nowhere else, whatever an address says", async () => {
    const urls = [
      "/file/..%2f..%2fetc%2fpasswd",
      "/file/x/%2e%2e/y",
      "/file/.hidden",
      "/file/a%00b",
      `/file/${"n".repeat(300)}`,
      "/file/",
    ];
    const rows = await run(
      { save_dir },
      urls.map((url) => ({ url: at(url) })),
    );
    for (const { url } of rows) expect(url).toMatch(/^files\/in\/[0-9a-f]{12}(?:-[A-Za-z0-9._-]{1,80})?$/);
    expect(readdirSync(join(base, "files"))).toEqual(["in"]);
    expect(readdirSync(join(base, "files/in"))).toHaveLength(urls.length);
  });

  it.each([
    ["/status/404", "the server answers 404."],
    ["/lies/500", "the connection fails: aborted."],
    ["/big/2000", "it is longer than 1000 bytes."],
    ["/slow/", "it does not come within 1 seconds."],
  ])("leaves nothing of %s, and the row is bad", async (path, problem) => {
    const asked = run({ save_dir, timeout: 1, max_bytes: 1000 }, [{ url: [at("/file/good"), at(path)] }]);
    await expect(asked).rejects.toThrow(
      `E_DATA_ROW: rows.jsonl:1: ${at(path)}: the file cannot be downloaded: ${problem}`,
    );
    expect(readdirSync(join(base, "files/in")).filter((name) => !name.endsWith("good"))).toEqual([]);
  });

  it("leaves values that are no addresses, and rows without any", async () => {
    const rows = [{ url: "local/file.png" }, { url: null }, {}, { url: [] }];
    expect(await run({ save_dir }, rows)).toEqual(rows);
    expect(await run({ save_dir, download_field: null }, [{ url: at("/file/a") }])).toEqual([{ url: at("/file/a") }]);
  });

  it("refuses what is no text", async () => {
    const problem = "E_DATA_ROW: rows.jsonl:1: url: an address is 3, wants a text.";
    await expect(run({ save_dir }, [{ url: [at("/file/a"), 3] }])).rejects.toThrow(problem);
  });
});

describe("download_file_mapper into the row", () => {
  it("writes contents in base64, beside the addresses", async () => {
    const url = at("/file/a");
    expect(await run({}, [{ url }])).toEqual([{ url, image_bytes: base64("content of a") }]);
    expect(await run({ save_field: "data" }, [{ url: [url, "local"] }])).toEqual([
      { url: [url, "local"], data: [base64("content of a"), null] },
    ]);
  });

  it("writes both when both are named", async () => {
    const [row] = await run({ save_dir: "files/both", save_field: "data" }, [{ url: at("/file/a") }]);
    expect(content(row?.["url"])).toBe("content of a");
    expect(row?.["data"]).toBe(base64("content of a"));
  });

  it("loses no contents that are there, and fetches those that are missing when it resumes", async () => {
    const url = [at("/file/a"), at("/file/b")];
    const problem = "E_DATA_ROW: rows.jsonl:1: data: data is there already.";
    await expect(run({ save_field: "data" }, [{ url, data: ["kept", null] }])).rejects.toThrow(problem);
    const resumed = await run({ save_field: "data", resume_download: true }, [
      { url, data: ["kept", null] },
      { url, data: ["of another list"] },
      { url: url[0], data: "kept" },
    ]);
    expect(resumed.map(({ data }) => data)).toEqual([
      ["kept", base64("content of b")],
      [base64("content of a"), base64("content of b")],
      "kept",
    ]);
  });

  it("asks for so many at one time", async () => {
    const own = await serveFiles();
    const urls = Array.from({ length: 12 }, (_, i) => `${own.address}/soon/${i}`);
    const rows = await run({ save_field: "data", max_concurrent: 3 }, [
      { url: urls.slice(0, 6) },
      { url: urls.slice(6) },
    ]);
    expect(rows.flatMap(({ data }) => data)).toEqual(urls.map((_, i) => base64(String(i))));
    expect(own.most()).toBe(3);
    await own.close();
  });
});

it("asks no private hosts unless that is allowed", async () => {
  const problem = "127.0.0.1 is in a private network, which allow_private_hosts would allow.";
  await expect(run({ allow_private_hosts: false }, [{ url: at("/file/a") }])).rejects.toThrow(problem);
});

it.each([{ timeout: 0 }, { max_concurrent: 0 }, { max_bytes: -1 }, { save_dir: "" }])("refuses %j", (given) => {
  expect(downloadFileMapper.schema.safeParse(given).success).toBe(false);
});
