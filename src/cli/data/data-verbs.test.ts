import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runInProcess } from "../../../test/support/in-process.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "data-verbs-"));
});
afterEach(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

const run = (...words: readonly string[]) => runInProcess(["data", ...words]);

const good = JSON.stringify({ query: "One?", response: "1", id: 7 });

describe("data check", () => {
  it("says what training would make of rows, and is no success when one is bad", async () => {
    await writeFile(at("rows.jsonl"), `${good}\n${good}\n`);
    const fine = await run("check", at("rows.jsonl"));
    expect(fine).toMatchObject({ status: 0, err: "" });
    expect(fine.out).toContain("✓ 2 of 2 rows can be used for sft");
    expect(fine.out).toContain("1 rows repeat an earlier one");
    await writeFile(at("rows.jsonl"), `${good}\n{"query": "a"}\n{\n`);
    const bad = await run("check", at("rows.jsonl"));
    expect(bad.status).toBe(1);
    expect(bad.out).toContain("✗ 1 of 3 rows can be used for sft");
    expect(bad.out).toContain("rows.jsonl:2");
    expect(bad.out).toContain("rows.jsonl:3: not JSON");
    const json = JSON.parse((await run("check", at("rows.jsonl"), "--json")).out) as object;
    expect(json).toMatchObject({ rows: 3, good: 1, otherColumns: [["id", 1]] });
    expect((await run("check", at("rows.jsonl"), "--for", "infer")).out).toContain("2 of 3");
  });

  it("refuses what is not there, and an empty file", async () => {
    expect(await run("check")).toMatchObject({ status: 2, err: expect.stringContaining("is needed") });
    expect(await run("check", at("none.jsonl"))).toMatchObject({
      status: 1,
      err: expect.stringContaining("E_DATA_FILE"),
    });
    await writeFile(at("rows.jsonl"), "");
    expect(await run("check", at("rows.jsonl"))).toMatchObject({ status: 1, out: "✗ there are no rows\n" });
  });
});

describe("data convert", () => {
  it("writes any layout, and back", async () => {
    await writeFile(at("rows.jsonl"), `${good}\n`);
    const layouts = ["messages", "sharegpt", "alpaca", "data-juicer", "query-response"];
    let from = at("rows.jsonl");
    for (const layout of layouts) {
      const to = at(`${layout}.jsonl`);
      const { status, out } = await run("convert", from, "--to", layout, "--export-path", to);
      expect([status, out]).toEqual([0, `1 of 1 rows written as ${layout}\n→ ${to}\n`]);
      from = to;
    }
    expect(JSON.parse(await readFile(from, "utf8"))).toEqual(JSON.parse(good));
  });

  it("names rows that do not fit, and is no success then", async () => {
    await writeFile(at("rows.jsonl"), `${good}\n{"messages": 5}\n`);
    const lenient = await run("convert", at("rows.jsonl"), "--to", "alpaca", "--export-path", at("o.jsonl"));
    expect(lenient.status).toBe(1);
    expect(lenient.out).toContain("1 of 2 rows written as alpaca");
    expect(lenient.out).toContain("rows.jsonl:2");
    const strict = await run("convert", at("rows.jsonl"), "--export-path", at("s.jsonl"), "--strict");
    expect(strict).toMatchObject({ status: 1, err: expect.stringContaining("rows.jsonl:2") });
    expect((await run("convert", at("rows.jsonl"), "--to", "xml", "--export-path", at("o.jsonl"))).status).toBe(2);
    expect((await run("convert", at("rows.jsonl"), "--export-path", at("o.csv"))).err).toContain(
      "must end with .jsonl",
    );
  });
});

describe("data process", () => {
  it("runs a recipe with changes from the command line, and names what has no effect", async () => {
    const recipe = [
      "turbo: true",
      "process:",
      "  - words_num_filter: {min_num: 50, num_proc: 4}",
      "  - clean_links_mapper:",
    ];
    await writeFile(at("clean.yaml"), recipe.join("\n"));
    const rows = ["one two three", "one two"].map((text) => `${JSON.stringify({ text })}\n`);
    await writeFile(at("rows.jsonl"), rows.join(""));
    const paths = ["--dataset-path", at("rows.jsonl"), "--export-path", at("out.jsonl"), "--np", "0"];
    const { status, out, err } = await run("process", at("clean.yaml"), ...paths, "--words_num_filter.min_num=3");
    expect(status, err).toBe(0);
    expect(err).toContain("without effect here: turbo, words_num_filter.num_proc");
    expect(out).toContain("1 of 2 rows kept (50.0%)");
    expect(await readFile(at("out.jsonl"), "utf8")).toBe(rows[0]);
    const again = ["process", at("clean.yaml"), ...paths, "--words_num_filter.min_num", "2"];
    expect(await run(...again)).toMatchObject({ status: 1, err: expect.stringContaining("E_OUTPUT_EXISTS") });
    expect(await readFile(at("out.jsonl"), "utf8")).toBe(rows[0]);
    const apart = await run(...again, "--overwrite");
    expect(apart.out).toContain("2 of 2 rows kept");
  });

  it.each([
    ["convert", "rows.jsonl", "--export-path", "rows.jsonl"],
    [
      "select",
      "rows.jsonl",
      "--sampler",
      "top_k",
      "--sampler-args",
      '{"score_key": "id", "count": 1}',
      "--export-path",
      "rows.jsonl",
    ],
    ["sql", "SELECT 1", "rows.jsonl", "--export-path", "rows.jsonl"],
    ["sql", "SELECT * FROM 'rows.jsonl'", "--export-path", "rows.jsonl"],
    ["ngram", "rows.jsonl", "--export-path", "rows.arpa"],
    ["process", "own.yaml", "--dataset-path", "rows.jsonl", "--export-path", "out.jsonl", "--report", "rows.jsonl"],
    ["process", "own.yaml", "--dataset-path", "rows.jsonl", "--export-path", "out.jsonl", "--report", "own.yaml"],
    ["analyze", "rows.jsonl", "--report", "rows.jsonl"],
    ["analyze", "rows.jsonl", "--report", "none", "--config", "own.yaml", "--suggest", "own.yaml"],
  ])("never replaces what it reads: data %s", async (verb, ...words) => {
    await writeFile(at("rows.jsonl"), `${good}\n`);
    await writeFile(at("own.yaml"), "process: [text_length_filter]\n");
    if (verb === "ngram") await symlink(at("rows.jsonl"), at("rows.arpa")).catch(() => undefined);
    const named = words.map((word) => word.replaceAll(/(?<![\w/])(rows|own|out)\.(\w+)/g, (name) => at(name)));
    const { status, err } = await run(verb, ...named, "--overwrite");
    expect(err).toContain("E_OUTPUT_INPUT");
    expect(status).toBe(1);
    expect(await readFile(at("rows.jsonl"), "utf8")).toBe(`${good}\n`);
    expect(await readFile(at("own.yaml"), "utf8")).toContain("process");
  });

  it("does not read what it has written into the folder that it reads", async () => {
    await mkdir(at("rows"));
    await writeFile(at("rows/a.jsonl"), '{"text": "a"}\n{"text": 7}\n');
    await writeFile(at("none.yaml"), "process: [text_length_filter]\n");
    const words = [
      "process",
      at("none.yaml"),
      "--dataset-path",
      at("rows"),
      "--export-path",
      at("rows/out.jsonl"),
      "--np",
      "0",
    ];
    for (let i = 0; i < 3; i++)
      expect((await run(...words, "--open-tracer", "--overwrite")).out).toContain("of 2 rows kept");
    await rm(at("rows/a.jsonl"));
    expect(await run(...words)).toMatchObject({ status: 1, err: expect.stringContaining("results of an earlier run") });
  });
});
