import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createModelServices, type ModelServiceOptions, type ModelServices } from "./model-services.ts";
import { startFakeServer, TOKENS, type FakeServer, type FakeServerOptions, type Mood } from "./testing/fake-server.ts";

const ask = (text: string) => [{ role: "user", content: text }] as const;
const echo: FakeServerOptions["answer"] = (messages) => `heard ${messages.at(-1)?.content}`;
const retry = { attempts: 4, firstDelay: 1, longestDelay: 4, longestWish: 1000 };
const KEY = "sk-very-secret-0123456789";

let folder: string;
let server: FakeServer | undefined;
let notes: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "services-"));
  notes = [];
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

const services = (more: Partial<ModelServiceOptions> = {}): ModelServices =>
  createModelServices({
    endpoint: server?.endpoint ?? "",
    model: "fake",
    key: KEY,
    concurrency: 4,
    timeout: 5,
    cache: join(folder, "answers"),
    ledger: join(folder, "asked"),
    seed: 1,
    retry,
    onNote: (text) => notes.push(text),
    ...more,
  });

const start = async (mood?: FakeServerOptions["mood"], answer = echo): Promise<FakeServer> =>
  (server = await startFakeServer({ answer, ...(mood === undefined ? {} : { mood }) }));

const moods =
  (...list: readonly Mood[]): NonNullable<FakeServerOptions["mood"]> =>
  (i) =>
    list[i] ?? "good";

async function filesUnder(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe("a question", () => {
  it("is sent as the API wants it, with the key, and answered", async () => {
    const { requests } = await start();
    const answer = await services().complete(ask("hello"), { sampling: { temperature: 0.5 } });
    expect(answer).toBe("heard hello");
    expect(requests).toEqual([
      {
        path: "/v1/chat/completions",
        authorization: `Bearer ${KEY}`,
        body: { model: "fake", messages: ask("hello"), temperature: 0.5 },
      },
    ]);
  });

  it("goes to the only model of a server when none is named", async () => {
    const { requests } = await start();
    expect(await services({ model: undefined }).complete(ask("hello"))).toBe("heard hello");
    expect(requests[0]?.body.model).toBe("fake");
  });

  it("takes an operator's own model, endpoint and place of the text", async () => {
    const { requests, endpoint } = await start();
    const asked = services({ endpoint: "http://127.0.0.1:9/v1" });
    const options = { model: "other", endpoint: `${endpoint}/chat/completions` };
    expect(await asked.complete(ask("hello"), options)).toBe("heard hello");
    expect(requests[0]?.body.model).toBe("other");
    expect(requests[0]?.authorization, "the key is for the run's own endpoint").toBeUndefined();
    expect(await asked.complete(ask("hello"), { ...options, responsePath: "choices.0.finish_reason" })).toBe("stop");
  });

  it.each<readonly [string, readonly Mood[]]>([
    ["too many requests", ["busy", "busy"]],
    ["faults of the server", ["broken", "broken", "broken"]],
    ["broken connections", ["cut short"]],
    ["answers that are no JSON", ["nonsense"]],
  ])("is asked again after %s", async (_what, list) => {
    const { requests } = await start(moods(...list));
    expect(await services().complete(ask("hello"))).toBe("heard hello");
    expect(requests).toHaveLength(list.length + 1);
  });

  it("is asked again after a timeout", async () => {
    const { requests } = await start(moods("hangs"));
    expect(await services({ timeout: 0.2 }).complete(ask("hello"))).toBe("heard hello");
    expect(requests).toHaveLength(2);
  });

  it("leaves a server alone for as long as it asks", async () => {
    await start(moods("busy"));
    const started = performance.now();
    await services().complete(ask("hello"));
    expect(performance.now() - started).toBeGreaterThanOrEqual(49);
  });
});

describe("faults that end a run", () => {
  it.each<readonly [Mood, number, RegExp]>([
    ["broken", 4, /E_DATA_ENDPOINT: http:\/\/127.*completions: status 500: something broke, after 4 attempts\..*log/],
    ["forbids", 1, /E_DATA_ENDPOINT.*status 401: wrong key: Bearer \*\*\*\. Set OPENAI_API_KEY/],
    ["huge", 1, /E_DATA_ENDPOINT.*larger than 16 MiB/],
    ["nonsense", 4, /E_DATA_ENDPOINT.*no JSON: <html>not the API<\/html>/],
    ["redirects", 1, /E_DATA_ENDPOINT.*status 307.*Give the address that it redirects to/],
  ])("%s", async (mood, asked, message) => {
    const { requests } = await start(() => mood);
    const service = services();
    const failure = await service.complete(ask("hello")).catch((error: unknown) => String(error));
    expect(failure).toMatch(message);
    expect(failure).not.toContain(KEY);
    expect(requests).toHaveLength(asked);
    await expect(service.complete(ask("next")), "nothing more is asked").rejects.toThrow(message);
    expect(requests).toHaveLength(asked);
  });

  it("tells no part of the key, wherever a message is cut", async () => {
    for (let before = 270; before < 300; before += 3) {
      server = await startFakeServer({ answer: echo, mood: () => "forbids", padding: "x".repeat(before) });
      const failure = await services()
        .complete(ask("hello"))
        .catch((error: unknown) => String(error));
      expect(failure).toContain("status 401: x");
      expect(failure).not.toContain(KEY.slice(0, 6));
      await server.close();
    }
  });

  it("a server that is not there", async () => {
    const { endpoint } = await start();
    await server?.close();
    await expect(services({ endpoint }).complete(ask("hello"))).rejects.toThrow(
      /E_DATA_ENDPOINT: http.*nobody listens there.*after 4 attempts\. Start the server/,
    );
  });

  it("refusals of everything", async () => {
    await start(() => "refuses");
    const service = services();
    const failures: string[] = [];
    for (let i = 0; i < 16; i++) {
      failures.push(await service.complete(ask(`question ${i}`)).catch((error: unknown) => String(error)));
    }
    expect(failures.slice(0, 15).every((text) => /E_DATA_ROW.*context is 4096/.test(text))).toBe(true);
    expect(failures[15]).toMatch(/E_DATA_ENDPOINT.*16 questions were refused/);
  });

  it("several models, none of them named", async () => {
    server = await startFakeServer({ answer: echo, models: ["a", "b"] });
    await expect(services({ model: undefined }).complete(ask("hello"))).rejects.toThrow(
      /the server has a, b\. Name one with --api-model/,
    );
  });

  it.each([
    ["localhost:8000/v1", /no address of an API/],
    ["http://me:hunter2@localhost/v1", /holds a name or a password/],
  ])("an address like %s", (endpoint, message) => {
    expect(() => services({ endpoint })).toThrow(message);
    expect(() => services({ endpoint })).not.toThrow(/hunter2/);
  });
});

describe("answers that are one row's fault", () => {
  it.each<readonly [Mood, RegExp]>([
    ["refuses", /E_DATA_ROW.*status 400: this model's context is 4096 tokens/],
    ["out of room", /E_DATA_ROW.*cut off at the limit of tokens/],
    ["without text", /E_DATA_ROW.*no text \(finish_reason content_filter\)/],
  ])("%s", async (mood, message) => {
    const { requests } = await start(moods(mood));
    const service = services();
    await expect(service.complete(ask("hello"))).rejects.toThrow(message);
    expect(await service.complete(ask("next")), "the run goes on").toBe("heard next");
    expect(requests).toHaveLength(2);
  });
});

describe("kept answers", () => {
  it("are not asked for again, neither at once nor by another run", async () => {
    const { requests } = await start(() => "slow");
    const first = services();
    expect(await Promise.all([first.complete(ask("a")), first.complete(ask("a")), first.complete(ask("b"))])).toEqual([
      "heard a",
      "heard a",
      "heard b",
    ]);
    expect(requests).toHaveLength(2);
    const second = services();
    expect(await second.complete(ask("a"))).toBe("heard a");
    expect(second.used()).toMatchObject({ kept: 1 });
    expect(requests).toHaveLength(2);
  });

  it("belong to one model, sampling, path and variant", async () => {
    const { requests } = await start();
    const service = services();
    await service.complete(ask("a"));
    await service.complete(ask("a"), { model: "other" });
    await service.complete(ask("a"), { sampling: { temperature: 1 } });
    await service.complete(ask("a"), { variant: "rows.jsonl:2" });
    await service.complete(ask("a"), { sampling: {} });
    expect(requests).toHaveLength(4);
  });

  it("that are damaged are told and asked for again", async () => {
    const { requests } = await start();
    await services().complete(ask("a"));
    const [file = ""] = await filesUnder(join(folder, "answers"));
    for (const damage of ["", '{"answer": {"text', '{"answer": {"text": 7, "finish": null}}']) {
      await writeFile(file, damage);
      notes = [];
      expect(await services().complete(ask("a"))).toBe("heard a");
      expect(notes).toEqual([expect.stringMatching(/\.json is damaged and is ignored/)]);
    }
    expect(requests).toHaveLength(4);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ answer: { text: "heard a", finish: "stop" } });
  });

  it("hold the key nowhere", async () => {
    await start(moods("forbids"));
    await services()
      .complete(ask("a"))
      .catch(() => undefined);
    await services().complete(ask("b"));
    for (const file of await filesUnder(folder)) expect(await readFile(file, "utf8")).not.toContain(KEY);
  });
});

describe("the budget", () => {
  it("ends the run, and is what is left of it after a resume", async () => {
    const { requests } = await start(moods("broken"));
    const first = services({ maxRequests: 3 });
    await first.complete(ask("a"));
    await first.complete(ask("b"));
    expect(first.used()).toEqual({ requests: 3, tokens: 2 * TOKENS, kept: 0 });
    await expect(first.complete(ask("c"))).rejects.toThrow(/E_DATA_ENDPOINT.*budget of 3 requests is used up/);
    const second = services({ maxRequests: 4 });
    expect(await second.complete(ask("a")), "what is known costs nothing").toBe("heard a");
    expect(await second.complete(ask("c"))).toBe("heard c");
    await expect(second.complete(ask("d"))).rejects.toThrow(/budget of 4 requests/);
    expect(requests).toHaveLength(4);
  });

  it("counts tokens", async () => {
    await start();
    const service = services({ maxTokens: TOKENS + 1 });
    await service.complete(ask("a"));
    await service.complete(ask("b"));
    await expect(service.complete(ask("c"))).rejects.toThrow(/budget of 31 tokens is used up \(2 requests and 60/);
  });

  it("estimates tokens that the server does not count, and says so once", async () => {
    await start(() => "silent on tokens");
    const service = services();
    await service.complete(ask("a"));
    await service.complete(ask("b"));
    expect(service.used().tokens).toBeGreaterThan(20);
    expect(notes).toEqual([expect.stringMatching(/four bytes are counted as one/)]);
  });
});

describe("work at one time", () => {
  it("has no more questions under way than allowed", async () => {
    const { widest } = await start(() => "slow");
    const service = services({ concurrency: 3 });
    await Promise.all(Array.from({ length: 12 }, (_, i) => service.complete(ask(`${i}`))));
    expect(widest()).toBe(3);
  });

  it("ends when it is told to", async () => {
    await start(() => "hangs");
    const stop = new AbortController();
    const service = services({ signal: stop.signal });
    const asked = service.complete(ask("a"));
    setTimeout(() => stop.abort(), 30);
    await expect(asked).rejects.toThrow(/abort/i);
  });
});

describe("vectors", () => {
  it("come in the order of their texts, in batches, and once", async () => {
    const { requests } = await start();
    const texts = Array.from({ length: 70 }, (_, i) => "x".repeat(i + 1));
    const vectors = await services().embed(texts);
    expect(vectors.map(([length]) => length)).toEqual(texts.map((text) => text.length));
    expect(requests.map(({ body }) => body.input?.length)).toEqual([64, 6]);
    expect(await services().embed([...texts, "new"])).toHaveLength(71);
    expect(requests.map(({ body }) => body.input?.length)).toEqual([64, 6, 1]);
  });

  it("are refused when they are none", async () => {
    await start(() => "nonsense");
    await expect(services({ retry: { ...retry, attempts: 1 } }).embed(["a"])).rejects.toThrow(/E_DATA_ENDPOINT/);
  });
});
