/** `data process` and `data analyze` with recipes that ask a model, against a server on this machine. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Analysis } from "../../data/analyze/analysis.ts";
import type { ChatMessage } from "../../data/operators/tools.ts";
import { startFakeServer, type FakeServer } from "../../data/services/testing/fake-server.ts";
import { assetsFolder } from "../run.ts";
import { runInProcess } from "../../../test/support/in-process.ts";

let folder: string;
let server: FakeServer;

/** Two pairs of each text, one of them the same for all; what has "ox" in its question is judged to be bad. */
function answer(messages: readonly ChatMessage[]): string {
  const [instructions = "", question = ""] = messages.map(({ content }) => content);
  if (!instructions.includes("dimension_scores")) {
    const first = question.split(" ").slice(0, 3).join(" ");
    return `Human: What of ${first}?\nAssistant: ${question.length} letters.\nHuman: Is it a fable?\nAssistant: Yes.`;
  }
  const mark = /Question:\n.*\box\b/i.test(question) ? 1 : 5;
  return JSON.stringify({
    dimension_scores: { accuracy: mark, grammar: mark, informativeness: mark, coherence: mark },
  });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asking-"));
  server = await startFakeServer({ answer });
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const runVerb = (environment: Readonly<Record<string, string>>, ...words: readonly string[]) =>
  runInProcess(["data", ...words, "--np", "0"], { environment });

const fables = join(assetsFolder(), "fables", "held-out.jsonl");

function run(environment: Readonly<Record<string, string>>, ...more: readonly string[]) {
  const recipe = join(assetsFolder(), "data", "qa-from-text.yaml");
  const paths = ["--dataset-path", fables, "--export-path", join(folder, "qa.jsonl"), "--overwrite"];
  return runVerb(environment, "process", recipe, ...paths, ...more);
}

const rows = async (): Promise<readonly Readonly<Record<string, string>>[]> =>
  (await readFile(join(folder, "qa.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, string>>);

test("writes pairs, drops those that came twice and those that are bad, and says what it asked", async () => {
  const { status, out, err } = await run({ OPENAI_API_KEY: "sk-none-of-yours" }, "--api-endpoint", server.endpoint);
  expect({ status, err }).toMatchObject({ status: 0 });
  const made = await rows();
  expect(made.filter(({ query }) => query === "Is it a fable?")).toHaveLength(1);
  expect(made.some(({ query }) => /\box\b/i.test(query ?? ""))).toBe(false);
  expect(made.length).toBeGreaterThan(5);
  expect(err).toMatch(/asked \d+ times, about \d+ tokens/);
  expect(out + err).not.toContain("sk-none");
  expect(server.requests[0]?.authorization).toBe("Bearer sk-none-of-yours");

  const asked = server.requests.length;
  const again = await run({ OPENAI_BASE_URL: server.endpoint });
  expect(again.status).toBe(0);
  expect(server.requests, "a second run has all its answers").toHaveLength(asked);
  expect(again.err).toContain(`${asked} answers were there already`);
  expect(await rows()).toEqual(made);
});

test("gives the key of one endpoint to no other", async () => {
  const environment = { OPENAI_API_KEY: "sk-none-of-yours", OPENAI_BASE_URL: "https://models.example/v1" };
  const { status, err } = await run(environment, "--api-endpoint", server.endpoint);
  expect(status).toBe(0);
  expect(err).toContain(`OPENAI_API_KEY belongs to OPENAI_BASE_URL and is not sent to ${server.endpoint}.`);
  expect(server.requests.some(({ authorization }) => authorization !== undefined)).toBe(false);
});

test("gives no key to an address that a recipe names", async () => {
  const recipe = join(folder, "its-own.yaml");
  const out = join(folder, "qa.jsonl");
  await writeFile(
    recipe,
    `dataset_path: ${fables}\nexport_path: ${out}\napi_endpoint: ${server.endpoint}\nprocess: [generate_qa_from_text_mapper: {}]\n`,
  );
  const { status, err } = await runVerb({ OPENAI_API_KEY: "sk-none-of-yours" }, "process", recipe);
  expect({ status, err }).toMatchObject({ status: 0 });
  expect(err).toContain(`OPENAI_API_KEY is not sent to ${server.endpoint}, which the recipe names.`);
  expect(server.requests.length).toBeGreaterThan(0);
  expect(server.requests.some(({ authorization }) => authorization !== undefined)).toBe(false);
  const again = await runVerb(
    { OPENAI_API_KEY: "sk-mine" },
    "process",
    recipe,
    "--api-endpoint",
    server.endpoint,
    "--api-cache",
    join(folder, "other"),
    "--overwrite",
  );
  expect(again.status).toBe(0);
  expect(server.requests.at(-1)?.authorization).toBe("Bearer sk-mine");
});

test("what downloads asks no model, and needs no endpoint", async () => {
  const [rowsFile, recipe, out] = ["rows.jsonl", "get.yaml", "got.jsonl"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(rowsFile, JSON.stringify({ url: "http://127.0.0.1:9/x" }));
  await writeFile(recipe, "process: [download_file_mapper: {download_field: url}]\n");
  const { status, err } = await runVerb({}, "process", recipe, "--dataset-path", rowsFile, "--export-path", out);
  expect({ status, err }).toMatchObject({
    status: 1,
    err: expect.stringContaining("the file cannot be downloaded (1 row"),
  });
  expect(await readFile(join(folder, "got_bad.jsonl"), "utf8")).toContain("allow_private_hosts would allow");
});

test("ends with a status that is not 0 when its budget is used up, and goes on", async () => {
  const first = await run({}, "--api-endpoint", server.endpoint, "--api-max-requests", "7");
  expect(first.status).not.toBe(0);
  expect(first.err).toMatch(/E_DATA_ENDPOINT.*budget of 7 requests is used up/s);
  expect(await readdir(folder)).not.toContain("qa.jsonl");
  const second = await run({}, "--api-endpoint", server.endpoint, "--api-max-requests", "1000");
  expect(second.status).toBe(0);
  const bodies = server.requests.map(({ body }) => JSON.stringify(body.messages));
  expect(new Set(bodies).size).toBe(bodies.length);
});

test("says before anything is read that a pattern is wrong", async () => {
  const more = ["--api-endpoint", server.endpoint, "--generate_qa_from_text_mapper.output_pattern", "("];
  const { status, err } = await run({}, ...more);
  expect(status).not.toBe(0);
  expect(err).toMatch(/E_DATA_OPERATOR: generate_qa_from_text_mapper\.output_pattern/);
  expect(await readdir(folder)).toEqual([]);
});

test("says before anything is read that it needs an endpoint", async () => {
  const { status, err } = await run({});
  expect(status).not.toBe(0);
  expect(err).toMatch(/E_DATA_ENDPOINT: generate_qa_from_text_mapper: it asks a model.*--api-endpoint/s);
  expect(await readdir(folder)).toEqual([]);
});

test("data analyze asks as well, keeps the answers, and says before it reads that it needs an endpoint", async () => {
  const recipe = join(folder, "judge.yaml");
  await writeFile(
    recipe,
    "process:\n  - text_length_filter:\n  - llm_quality_score_filter: {input_keys: [text], field_names: [Question]}\n",
  );
  const cache = join(folder, "answers");
  const words = ["analyze", fables, "--config", recipe, "--json", "--api-cache", cache];
  expect(await runVerb({}, ...words)).toMatchObject({ status: 1, err: expect.stringContaining("E_DATA_ENDPOINT") });
  const { status, out, err } = await runVerb({ OPENAI_BASE_URL: server.endpoint }, ...words);
  expect({ status, err }).toMatchObject({ status: 0, err: expect.stringMatching(/^asked \d+ times/) });
  const { statistics } = JSON.parse(out) as Analysis;
  expect(statistics.slice(0, 2).map(({ name }) => name)).toEqual(["text_len", "llm_quality_score"]);
  expect(out).not.toContain("llm_quality_record");
  const asked = server.requests.length;
  const texts = (await readFile(fables, "utf8")).trim().split("\n");
  expect(asked).toBe(texts.length);
  const bad = texts.filter((text) => /\box\b/i.test((JSON.parse(text) as { readonly text: string }).text)).length;
  expect(statistics[1]?.numbers?.mean).toBeCloseTo((bad * 0.2 + asked - bad) / asked, 10);
  const again = await runVerb({ OPENAI_BASE_URL: server.endpoint }, ...words);
  expect(JSON.parse(again.out)).toMatchObject({ rows: asked, good: asked });
  expect(server.requests).toHaveLength(asked);
});
