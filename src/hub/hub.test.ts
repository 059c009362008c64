import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { COMMIT, gitHash, sha256, startHub, type HubServer } from "../../test/support/hub-server.ts";
import { isHubName } from "./repo.ts";
import { hubSettings, type HubSettings } from "./settings.ts";
import { hubSnapshot, type HubProgress, type SnapshotOptions } from "./snapshot.ts";

const weights = Buffer.alloc(200_000, "weights");
const files = { "config.json": "{}\n", "model.safetensors": weights, "README.md": "# not needed", "sub/a.txt": "x" };

let hub: HubServer;
let cacheDir = "";
beforeAll(async () => {
  hub = await startHub({
    "org/model": { files, large: ["model.safetensors"] },
    "org/closed": { files, token: "hf_right" },
    "org/evil": { files: { "../../outside.json": "{}" } },
  });
});
afterAll(() => hub.close());
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), "hub-"));
  hub.requests.length = 0;
  for (const fault of Object.keys(hub.faults)) delete hub.faults[fault as keyof typeof hub.faults];
});
afterEach(() => rm(cacheDir, { recursive: true }));

const settings = (more: Partial<HubSettings> = {}): HubSettings => ({
  cacheDir,
  endpoint: hub.url,
  token: undefined,
  offline: false,
  ...more,
});
const get = (name = "org/model", more: Partial<SnapshotOptions> = {}): Promise<string> =>
  hubSnapshot(
    { type: "model", name },
    { choose: (paths) => paths.filter((path) => !path.endsWith(".md")), settings: settings(), pause: 1, ...more },
  );
const storage = (): string => join(cacheDir, "models--org--model");
/** Everything in the cache that is no lock. */
const blobs = (): Promise<string[]> => readdir(join(storage(), "blobs")).catch(() => []);

describe("a snapshot", () => {
  it("lies as Python's cache has it, with only the files that are needed", async () => {
    const seen: HubProgress[] = [];
    const dir = await get("org/model", { onProgress: (progress) => seen.push(progress) });
    expect(dir).toBe(join(storage(), "snapshots", COMMIT));
    expect(await readFile(join(storage(), "refs", "main"), "utf8")).toBe(COMMIT);
    expect((await blobs()).sort()).toEqual([gitHash("{}\n"), sha256(weights), gitHash("x")].sort());
    expect(await readlink(join(dir, "config.json"))).toBe(`../../blobs/${gitHash("{}\n")}`);
    expect(await readlink(join(dir, "sub/a.txt"))).toBe(`../../../blobs/${gitHash("x")}`);
    expect(await readFile(join(dir, "model.safetensors"))).toEqual(weights);
    expect(seen.at(-1)).toMatchObject({ bytes: 200_004, totalBytes: 200_004 });
  });

  it("is not downloaded twice, and is found without the hub", async () => {
    const dir = await get();
    hub.requests.length = 0;
    expect(await get()).toBe(dir);
    expect(hub.requests.filter((line) => line.includes("/resolve/"))).toEqual([]);
    expect(await get("org/model", { settings: settings({ offline: true }) })).toBe(dir);
    const notes: string[] = [];
    const away = settings({ endpoint: "http://127.0.0.1:9" });
    expect(await get("org/model", { settings: away, onNote: (note) => notes.push(note) })).toBe(dir);
    expect(notes.join()).toMatch(/cannot be asked.*the cache is taken/);
  });

  it("goes on where a connection was cut", async () => {
    hub.faults.cut = { path: "model.safetensors", after: 70_000, times: 2 };
    const dir = await get();
    expect(await readFile(join(dir, "model.safetensors"))).toEqual(weights);
    const ranges = hub.requests.filter((line) => line.includes("model.safetensors")).map((line) => line.split(" ")[2]);
    expect(ranges).toEqual([undefined, "bytes=70000-", "bytes=140000-"]);
  });

  it("goes on where an earlier run was ended", async () => {
    await mkdir(join(storage(), "blobs"), { recursive: true });
    await writeFile(join(storage(), "blobs", `${sha256(weights)}.incomplete`), weights.subarray(0, 150_000));
    await get();
    expect(hub.requests.find((line) => line.includes("model.safetensors"))).toMatch(/bytes=150000-$/);
  });
});

describe("what goes wrong is said, and leaves nothing behind", () => {
  it.each([
    ["wrong bytes", "wrong", /not the one listed: its hash is/],
    [
      "a size that does not fit",
      "longer",
      /connection ended after 200000 of 200001|not the one listed|cannot be reached/,
    ],
  ] as const)("%s", async (_, fault, message) => {
    hub.faults[fault] = "model.safetensors";
    await expect(get()).rejects.toThrow(message);
    expect(await blobs()).not.toContain(sha256(weights));
    expect(await readdir(join(storage(), "refs")).catch(() => "none")).toBe("none");
  });

  it("a connection that is always cut at its start", async () => {
    hub.faults.cut = { path: "model.safetensors", after: 0, times: 99 };
    await expect(get()).rejects.toMatchObject({ code: "E_HUB_NETWORK" });
    await expect(stat(join(storage(), "refs", "main"))).rejects.toThrow("ENOENT");
  });

  it("a name that is not there, a revision that is not there", async () => {
    await expect(get("org/none")).rejects.toMatchObject({ code: "E_HUB_NAME" });
    await expect(get("org/model", { revision: "v9" })).rejects.toMatchObject({ code: "E_HUB_NAME" });
    await expect(get("org/model", { revision: "../../x" })).rejects.toThrow(/is no revision/);
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it("no token, a wrong token, the right token", async () => {
    await expect(get("org/closed")).rejects.toThrow(/E_HUB_ACCESS.*no token was given/s);
    await expect(get("org/closed", { settings: settings({ token: "hf_wrong" }) })).rejects.toThrow(/not let in/);
    await get("org/closed", { settings: settings({ token: "hf_right" }) });
  });

  it("no network, a broken hub, no network wanted", async () => {
    await expect(get("org/model", { settings: settings({ endpoint: "http://127.0.0.1:9" }) })).rejects.toThrow(
      /E_HUB_NETWORK.*cannot be reached/s,
    );
    hub.faults.status = 500;
    await expect(get()).rejects.toThrow(/status 500/);
    await expect(get("org/model", { settings: settings({ offline: true }) })).rejects.toMatchObject({
      code: "E_HUB_OFFLINE",
    });
    expect(await readdir(cacheDir)).toEqual([]);
  });

  it("a path that leads out of the cache", async () => {
    await expect(get("org/evil")).rejects.toThrow(/a file that cannot be/);
  });

  it("a run that is interrupted", async () => {
    const stop = new AbortController();
    await expect(get("org/model", { signal: stop.signal, onProgress: () => stop.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
    await expect(stat(join(storage(), "refs", "main"))).rejects.toThrow("ENOENT");
  });
});

describe("settings", () => {
  it("are those of Python", async () => {
    expect(
      await hubSettings({ HF_HOME: "/h", HF_ENDPOINT: "http://mirror/", HF_TOKEN: " hf_a ", HF_HUB_OFFLINE: "1" }),
    ).toEqual({ cacheDir: "/h/hub", endpoint: "http://mirror", token: "hf_a", offline: true });
    expect((await hubSettings({ HF_HOME: "/h", HF_HUB_CACHE: "/c" })).cacheDir).toBe("/c");
    await writeFile(join(cacheDir, "token"), "hf_saved\n");
    expect((await hubSettings({ HF_HOME: cacheDir })).token).toBe("hf_saved");
  });

  it("know names from paths", () => {
    expect(["a/b", "org-1/m.2_x"].every(isHubName)).toBe(true);
    expect(["a", "a/b/c", "./a", "../a", "/a/b", "a/..", "a--b/c", "a/b.git", "a b/c", "a/"].some(isHubName)).toBe(
      false,
    );
  });
});
