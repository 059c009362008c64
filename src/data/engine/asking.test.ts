/** Whole runs whose operators ask a model behind a real server on this machine. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { operators } from "../operators/index.ts";
import type { ChatMessage } from "../operators/tools.ts";
import { createModelServices, type ModelServiceOptions, type ModelServices } from "../services/model-services.ts";
import { startFakeServer, type FakeServer, type FakeServerOptions } from "../services/testing/fake-server.ts";
import type { RawObject } from "../shapes/shape.ts";
import type { ProcessJob, ProcessReport } from "./job.ts";
import { processData, workFolder } from "./process.ts";

let folder: string;
let server: FakeServer | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asking-"));
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

const start = async (options: FakeServerOptions): Promise<FakeServer> => (server = await startFakeServer(options));

interface Asking {
  readonly steps: readonly RawObject[];
  readonly rows?: readonly RawObject[];
  readonly services?: Partial<ModelServiceOptions>;
  readonly signal?: AbortSignal;
  readonly job?: Partial<ProcessJob>;
}

const result = (): string => join(folder, "out.jsonl");

async function run({ steps, rows, services: more = {}, signal, job = {} }: Asking): Promise<Done> {
  const file = join(folder, "rows.jsonl");
  if (rows !== undefined) await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const services = createModelServices({
    endpoint: server?.endpoint ?? "",
    model: "fake",
    concurrency: 4,
    timeout: 5,
    cache: join(folder, "answers"),
    ledger: join(workFolder(result()), "asked"),
    seed: 1,
    retry: { attempts: 8, firstDelay: 1, longestDelay: 2, longestWish: 100 },
    signal,
    ...more,
  });
  const report = await processData(
    {
      files: [file],
      steps: steps.map((step, place) => {
        const [[name, args] = ["", {}]] = Object.entries(step);
        return { name, place, args: operators.get(name)?.schema.parse(args) as RawObject };
      }),
      exportPath: result(),
      exportType: "jsonl",
      exportShardSize: 0,
      keepStats: false,
      seed: 1,
      base: folder,
      allowCode: false,
      strict: false,
      traceRows: 0,
      traceOperators: [],
      ...job,
    },
    {
      workers: 0,
      maxMemory: 2 ** 30,
      rowTimeout: 30,
      concurrency: 4,
      overwrite: true,
      services,
      ...(signal === undefined ? {} : { signal }),
    },
  );
  return { report, services, rows: await linesOf(result()) };
}

interface Done {
  readonly report: ProcessReport;
  readonly services: ModelServices;
  readonly rows: readonly RawObject[];
}

const linesOf = async (file: string): Promise<readonly RawObject[]> =>
  (await readFile(file, "utf8")).split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as RawObject]));

const qaRows = (count: number): readonly RawObject[] =>
  Array.from({ length: count }, (_, i) => ({ query: `question ${i}`, response: `answer ${i}` }));

const optimize = { optimize_response_mapper: {} };

/** Better answers, each a function of the pair that it is for. */
const better = (messages: readonly ChatMessage[]): string =>
  `better ${/answer \d+/.exec(messages[1]?.content ?? "")?.[0]}`;

const betterRows = (count: number): readonly RawObject[] =>
  Array.from({ length: count }, (_, i) => ({ query: `question ${i}`, response: `better answer ${i}` }));

/** Questions of the server by the pair that they are for. */
const askedOf = ({ requests }: FakeServer): readonly string[] =>
  requests.map(({ body }) => /question \d+/.exec(body.messages?.[1]?.content ?? "")?.[0] ?? "");

describe("a run that asks", () => {
  it("keeps the order of rows, whatever answers come first and however often it must ask", async () => {
    const moods = ["slow", "good", "busy", "good", "broken", "cut short", "good"] as const;
    const { widest } = await start({ answer: better, mood: (i) => moods[i % moods.length] ?? "good" });
    const { report, rows } = await run({ rows: qaRows(60), steps: [optimize] });
    expect(rows).toEqual(betterRows(60));
    expect(report).toMatchObject({ rowsRead: 60, rowsWritten: 60, rowsBad: 0 });
    expect(widest()).toBeLessThanOrEqual(4);
    expect(widest()).toBeGreaterThan(1);
  });

  it("sets rows aside that have no usable answer, with the reason", async () => {
    const marks = '{"dimension_scores": {"accuracy": 5, "grammar": 4, "informativeness": 4, "coherence": 5}}';
    const fake = await start({ answer: (messages) => (messages[1]?.content.includes("odd") ? "no idea" : marks) });
    const rows = [{ text: "one" }, { text: "odd" }, { text: "three" }];
    const { report, rows: kept } = await run({ rows, steps: [{ llm_quality_score_filter: {} }] });
    expect(kept).toEqual([{ text: "one" }, { text: "three" }]);
    expect(report.rowsBad).toBe(1);
    expect(await linesOf(report.badFile ?? "")).toEqual([
      {
        file: join(folder, "rows.jsonl"),
        line: 2,
        operator: "llm_quality_score_filter",
        reason: "no usable answer after 3 tries: it holds no JSON object",
        row: { text: "odd" },
      },
    ]);
    expect(fake.requests).toHaveLength(5);
  });

  it("sets rows aside that the server refuses", async () => {
    await start({
      answer: better,
      mood: (_i, { body }) => (body.messages?.[1]?.content.includes("question 3") ? "refuses" : "good"),
    });
    const { report, rows } = await run({ rows: qaRows(6), steps: [optimize] });
    expect(rows).toEqual(betterRows(6).filter((_, i) => i !== 3));
    expect(report.reasons).toEqual([["the model's server refuses the question, status 400", 1]]);
  });

  it("gets past rows on which the server breaks", async () => {
    await start({
      answer: better,
      mood: (_i, { body }) => (body.messages?.[1]?.content.includes("question 3\n") ? "broken" : "good"),
    });
    const { report, rows } = await run({ rows: qaRows(40), steps: [optimize] });
    expect(rows).toEqual(betterRows(40).filter((_, i) => i !== 3));
    expect(report.reasons).toEqual([
      ["the model's server fails on this question and answers others, after 8 attempts", 1],
    ]);
  });

  it("asks about several batches at one time", async () => {
    const { widest } = await start({ answer: () => "summed up", mood: () => "slow" });
    const meta = (event_description: string) => ({ __dj__meta__: { event_description } });
    const rows = Array.from({ length: 16 }, (_, i) => ({ text: `${i % 8}`, ...meta(`event ${i}`) }));
    const steps = [{ key_value_grouper: {} }, { nested_aggregator: {} }];
    const { rows: batches } = await run({ rows, steps });
    expect(batches.map((batch) => (batch["text"] as string[])[0])).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
    expect(widest()).toBe(4);
  });

  it("asks before, between and behind operators that do not", async () => {
    await start({ answer: better });
    const steps = [
      { specified_numeric_field_filter: { field_key: "n", min_value: 2 } },
      optimize,
      { text_length_filter: { text_key: "response", max_len: 15 } },
    ];
    const rows = qaRows(12).map((row, n) => ({ ...row, n }));
    const { rows: kept, report } = await run({ rows, steps });
    expect(kept).toEqual(
      betterRows(10)
        .map((row, n) => ({ ...row, n }))
        .slice(2),
    );
    expect(report.operators.map(({ rowsIn, rowsOut }) => [rowsIn, rowsOut])).toEqual([
      [12, 10],
      [10, 10],
      [10, 8],
    ]);
  });
});

describe("a run that is begun anew", () => {
  it("after it was stopped asks nothing again that was answered", async () => {
    const stop = new AbortController();
    const fake = await start({
      answer: better,
      mood: (i) => {
        if (i === 25) stop.abort();
        return "slow";
      },
    });
    const rows = qaRows(80);
    await expect(run({ rows, steps: [optimize], signal: stop.signal })).rejects.toThrow(/abort/i);
    const answered = (await readdir(join(folder, "answers"), { recursive: true })).filter((name) =>
      name.endsWith(".json"),
    );
    expect(answered.length).toBeGreaterThan(10);
    expect(answered.length).toBeLessThan(30);
    const before = fake.requests.length;
    const { rows: kept, report, services } = await run({ steps: [optimize] });
    expect(kept).toEqual(betterRows(80));
    expect(report.rowsBad, "stopping makes no row bad").toBe(0);
    expect(fake.requests.length - before).toBe(80 - answered.length);
    expect(services.used().kept).toBe(answered.length);
    // What was under way when it was stopped may be asked twice, nothing else.
    expect(new Set(askedOf(fake)).size).toBe(80);
    expect(askedOf(fake).length - 80).toBeLessThanOrEqual(4);
  });

  it("goes on behind the blocks that were finished", async () => {
    const rows = qaRows(40).map((row) => ({ ...row, long: "x".repeat(8000) }));
    let limit = 25;
    const fake = await start({ answer: better, mood: (i) => (i < limit ? "good" : "forbids") });
    await expect(run({ rows, steps: [optimize] })).rejects.toThrow(/E_DATA_ENDPOINT.*status 401/);
    const journal = JSON.parse(await readFile(join(workFolder(result()), "journal.json"), "utf8")) as RawObject;
    expect(journal["rowsWritten"]).toBeGreaterThan(0);
    limit = Number.POSITIVE_INFINITY;
    const { rows: kept, report } = await run({ steps: [optimize] });
    expect(kept.map(({ response }) => response)).toEqual(betterRows(40).map(({ response }) => response));
    expect(report.resumed).toBe(true);
    expect(askedOf(fake).length).toBeLessThanOrEqual(40 + 4);
  });

  it("after its budget was used up goes on with a greater one", async () => {
    const fake = await start({ answer: better });
    const steps = [optimize];
    const budget = (maxRequests: number): Asking => ({ steps, services: { maxRequests } });
    await expect(run({ rows: qaRows(30), ...budget(12) })).rejects.toThrow(
      /E_DATA_ENDPOINT: api_max_requests: the budget of 12 requests is used up/,
    );
    expect(fake.requests).toHaveLength(12);
    await expect(run(budget(12)), "it stays used up").rejects.toThrow(/budget of 12 requests/);
    await expect(run(budget(20))).rejects.toThrow(/budget of 20 requests/);
    expect(fake.requests).toHaveLength(20);
    const { rows } = await run(budget(30));
    expect(rows).toEqual(betterRows(30));
    expect(new Set(askedOf(fake)).size, "no question was sent twice").toBe(fake.requests.length);
  });

  it("counts its budget from nothing once it is another run", async () => {
    const fake = await start({ answer: better });
    const services = { maxRequests: 10 };
    await expect(run({ rows: qaRows(15), steps: [optimize], services })).rejects.toThrow(/budget/);
    const rows = qaRows(10).map((row) => ({ ...row, query: `another ${row["query"]}` }));
    expect((await run({ rows, steps: [optimize], services })).report.rowsWritten).toBe(10);
    expect(fake.requests).toHaveLength(20);
  });

  it("with another model asks that one", async () => {
    const fake = await start({ answer: better });
    await run({ rows: qaRows(3), steps: [optimize], job: { model: "fake" } });
    await run({ steps: [optimize], services: { model: "other" }, job: { model: "other" } });
    expect(fake.requests.map(({ body }) => body.model)).toEqual(["fake", "fake", "fake", "other", "other", "other"]);
  });
});

describe("a server that is down", () => {
  it("ends the run, which goes on when it is there again", async () => {
    const { endpoint } = await start({ answer: better });
    await server?.close();
    const asking = { rows: qaRows(5), steps: [optimize], services: { endpoint } };
    await expect(run(asking)).rejects.toThrow(
      /E_DATA_ENDPOINT: http:\/\/127.*: nobody listens there.*after 8 attempts\. Start the server/,
    );
    await start({ answer: better });
    const { rows } = await run({ steps: [optimize] });
    expect(rows).toEqual(betterRows(5));
  });

  it("is not asked by rows behind the one that found out", async () => {
    const fake = await start({ answer: better, mood: () => "forbids" });
    await expect(run({ rows: qaRows(200), steps: [optimize] })).rejects.toThrow(/status 401/);
    expect(fake.requests.length).toBeLessThanOrEqual(4);
  });
});

describe("where rows come from", () => {
  it("is kept for rows that a model made of one", async () => {
    const pairs = "Human: What?\nAssistant: This.\nHuman: Why?\nAssistant: So.";
    await start({ answer: () => pairs });
    const steps = [{ generate_qa_from_text_mapper: {} }];
    const { rows } = await run({ rows: [{ text: "a" }, { text: "b" }], steps, job: { keepStats: true } });
    const parents = [join(folder, "rows.jsonl:1"), join(folder, "rows.jsonl:2")];
    expect(rows.map((row) => row["__dj__meta__"])).toEqual(
      parents.flatMap((parent) => {
        const lineage = { parents: [parent], operators: ["generate_qa_from_text_mapper"] };
        return [{ lineage }, { lineage }];
      }),
    );
  });

  it("and what is said of them, is kept from events to batches", async () => {
    await start({
      answer: (messages) => {
        const [first, last] = [messages[0]?.content ?? "", messages[1]?.content ?? ""];
        if (first.includes("归类为")) return "** Ada归类为Lovelace **";
        if (last.includes("Fragment")) return `all of ${last.match(/Ev\d/g)?.join("+")}`;
        return ["Ev1", "Ev2"]
          .map((name, i) => `### 情节${i + 1}：\n- **情节描述**：${name}\n- **相关人物**：Ada\n`)
          .join("");
      },
    });
    const steps = [
      { extract_event_mapper: { drop_text: true } },
      { key_value_grouper: { group_by_keys: ["__dj__meta__.relevant_characters"] } },
      { nested_aggregator: {} },
      { meta_tags_aggregator: { meta_tag_key: "relevant_characters" } },
    ];
    const { rows } = await run({ rows: [{ text: "a" }, { text: "b" }], steps, job: { keepStats: true } });
    expect(rows).toHaveLength(1);
    expect(rows[0]?.["__dj__batch_meta__"]).toEqual({ event_description: "all of Ev1+Ev2+Ev1+Ev2" });
    expect(rows[0]?.["__dj__meta__"]).toEqual(
      ["Ev1", "Ev2", "Ev1", "Ev2"].map((event_description) => ({
        event_description,
        relevant_characters: ["Lovelace"],
      })),
    );
  });
});
