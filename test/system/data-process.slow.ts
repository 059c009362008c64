/** Data processing as a user meets it: worker threads, kills, ceilings of memory, expressions that hang, bad input. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomAt } from "../../src/base/random.ts";
import { buildCli, runCli, startCli, type Finished } from "../support/cli.ts";
import { madeRow, writeMadeRows } from "../support/rows.ts";

let folder = "";
beforeAll(async () => {
  buildCli();
  folder = await mkdtemp(join(tmpdir(), "data-process-"));
});
afterAll(() => rm(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);

async function recipe(name: string, ...lines: readonly string[]): Promise<string> {
  const path = at(name);
  await writeFile(path, `${["process:", ...lines.map((line) => `  ${line}`)].join("\n")}\n`);
  return path;
}

const fullRecipe = [
  "- whitespace_normalization_mapper:",
  "- words_num_filter: {min_num: 10}",
  "- alphanumeric_filter: {min_ratio: 0.2}",
  "- document_minhash_deduplicator: {tokenization: space, window_size: 3, jaccard_threshold: 0.7}",
  "- remove_long_words_mapper: {max_len: 12}",
  "- range_specified_field_selector: {field_key: id, lower_percentile: 0.02, upper_percentile: 0.98}",
  "- word_repetition_filter: {rep_len: 3, max_ratio: 0.5}",
] as const;

const processing = (recipe: string, input: string, output: string, ...more: readonly string[]): readonly string[] => [
  "data",
  "process",
  recipe,
  "--dataset-path",
  input,
  "--export-path",
  output,
  // What an earlier test left there is replaced, rows that were set aside among it.
  ...([output, output.replace(/\.jsonl$/, "_bad.jsonl")].some(existsSync) ? ["--overwrite"] : []),
  ...more,
];

async function digest(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}

/** Digests of all files of a result, by what stands behind the stem. */
async function digests(stem: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(stem));
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name.slice(stem.length), await digest(at(name))] as const)),
  );
}

const rowsOf = async (path: string): Promise<readonly Record<string, unknown>[]> =>
  (await readFile(path, "utf8"))
    .split("\n")
    .flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Record<string, unknown>]));

describe("workers", () => {
  it("1, 2 and 4, and the main thread alone, give the same bytes", async () => {
    await writeMadeRows(at("many.jsonl"), 12_000, (id) => (id % 1000 === 500 ? '{"text": 7}' : undefined));
    const plain = await recipe("many.yaml", ...fullRecipe);
    const grouped = await recipe("group.yaml", ...fullRecipe, "- key_value_grouper: {group_by_keys: [source]}");
    for (const [name, file] of [
      ["plain", plain],
      ["grouped", grouped],
    ] as const) {
      const found: Readonly<Record<string, string>>[] = [];
      for (const np of ["0", "1", "2", "4"]) {
        const output = at(`${name}-${np}.jsonl`);
        const run = runCli(processing(file, at("many.jsonl"), output, "--np", np, "--max-memory", "2GiB"));
        expect(run.status, run.stderr).toBe(0);
        found.push(await digests(`${name}-${np}`));
      }
      expect(Object.keys(found[0] ?? {}).sort()).toEqual([".jsonl", "_bad.jsonl", "_stats.jsonl"]);
      for (const other of found) expect(other).toEqual(found[0]);
    }
    const bad = await rowsOf(at("plain-2_bad.jsonl"));
    expect(bad).toHaveLength(12);
    expect(bad[0]).toMatchObject({ file: at("many.jsonl"), line: 501, row: { text: 7 } });
    const kept = await rowsOf(at("plain-2.jsonl"));
    // Every fourteenth row nearly repeats another, every eleventh is too short.
    expect(kept.length).toBeGreaterThan(9000);
    expect(kept.length).toBeLessThan((12_000 * 13 * 10) / (14 * 11));
  });

  it("read every format alike", async () => {
    const rows = Array.from({ length: 50 }, (_, id) => ({ id: String(id), text: madeRow(id).text }));
    const lines = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    const cells = rows.map(({ id, text }) => [id, text] as const);
    const table = (mark: string): string => [["id", "text"], ...cells].map((row) => `${row.join(mark)}\n`).join("");
    const files: Readonly<Record<string, string | Uint8Array>> = {
      "f.jsonl": lines,
      "f.crlf.jsonl": lines.replaceAll("\n", "\r\n"),
      "f.mark.jsonl": `\uFEFF${lines}`,
      "f.open.jsonl": lines.trimEnd(),
      "f.jsonl.gz": gzipSync(lines),
      "f.jsonl.zst": storedZstd(Buffer.from(lines)),
      "f.json": JSON.stringify(rows, null, 1),
      "f.csv": table(","),
      "f.tsv": table("\t"),
    };
    await mkdir(at("formats"));
    for (const [name, content] of Object.entries(files)) await writeFile(join(at("formats"), name), content);
    const filters = await recipe("formats.yaml", "- words_num_filter: {min_num: 10}");
    const first = runCli(processing(filters, join(at("formats"), "f.jsonl"), at("formats/f.parquet"), "--np", "1"));
    expect(first.status, first.stderr).toBe(0);
    const wanted = rows.filter(({ text }) => text.split(" ").length >= 10);
    for (const name of [...Object.keys(files), "f.parquet"]) {
      const run = runCli(processing(filters, join(at("formats"), name), at("format.jsonl"), "--np", "1"));
      expect(run.status, run.stderr).toBe(0);
      expect(await rowsOf(at("format.jsonl")), name).toEqual(wanted);
    }
    const glob = runCli(processing(filters, join(at("formats"), "f.{csv,tsv}"), at("format.jsonl"), "--np", "1"));
    expect(glob.status, glob.stderr).toBe(0);
    expect(await rowsOf(at("format.jsonl"))).toEqual([...wanted, ...wanted]);
  });
});

/** A Zstandard frame of blocks that are stored as they are (RFC 8878, section 3.1.1). */
function storedZstd(bytes: Uint8Array): Uint8Array {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  const parts = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0]), size];
  for (let start = 0; start < bytes.length; start += 100_000) {
    const part = bytes.subarray(start, start + 100_000);
    const head = (part.length << 3) | (start + part.length === bytes.length ? 1 : 0);
    parts.push(Buffer.from([head & 0xff, (head >> 8) & 0xff, head >> 16]), Buffer.from(part));
  }
  return Buffer.concat(parts);
}

interface State {
  readonly stage: number;
  readonly blocks: number;
}

const journalOf = async (work: string): Promise<State | undefined> =>
  readFile(join(work, "journal.json"), "utf8").then(
    (text) => JSON.parse(text) as State,
    () => undefined,
  );

describe("a run that is killed", () => {
  const rows = 60_000;

  it("at any instant, again and again, ends in the bytes of one that ran through, and does no work twice", async () => {
    await writeMadeRows(at("large.jsonl"), rows, (id) => (id % 5000 === 77 ? "{broken" : undefined));
    const file = await recipe("kill.yaml", ...fullRecipe);
    const args = (name: string): readonly string[] => processing(file, at("large.jsonl"), at(name), "--np", "2");
    const through = runCli(args("through.json"));
    expect(through.status, through.stderr).toBe(0);

    const work = join(folder, ".killed.json.work");
    const has = async (name: string): Promise<boolean> =>
      stat(join(work, name)).then(
        () => true,
        () => false,
      );
    /** What to wait for before the kill: a look at the work folder, many times a second. */
    const instants: readonly (() => Promise<boolean>)[] = [
      async () => has("lock"),
      async () => ((await journalOf(work))?.blocks ?? 0) > 0,
      async () => has("stage-0.keys"),
      async () => ((await journalOf(work))?.stage ?? 0) >= 1,
      async () => has("stage-1.values"),
      async () => ((await journalOf(work))?.stage ?? 0) >= 2,
      async () => has("export-killed.json"),
    ];
    const random = randomAt(Date.now());
    let before: State = { stage: 0, blocks: 0 };
    let kills = 0;
    for (const instant of instants) {
      const child = startCli(args("killed.json"));
      const ended = once(child, "exit");
      while (child.exitCode === null && !(await instant())) await new Promise((resolve) => setTimeout(resolve, 3));
      await new Promise((resolve) => setTimeout(resolve, random.integer(300)));
      if (child.exitCode === null) kills++;
      child.kill("SIGKILL");
      await ended;
      const after = await journalOf(work);
      if (after === undefined) continue;
      expect([after.stage, after.blocks] >= [before.stage, before.blocks] || after.stage > before.stage).toBe(true);
      before = after;
    }
    expect(kills).toBeGreaterThanOrEqual(5);
    const last = runCli(args("killed.json"));
    expect(last.status, last.stderr).toBe(0);
    const [found, wanted] = [await digests("killed"), await digests("through")];
    expect(Object.keys(wanted).sort()).toEqual([".json", "_bad.jsonl", "_stats.jsonl"]);
    expect(found).toEqual(wanted);
    expect((await readdir(folder)).filter((name) => name.endsWith(".work"))).toEqual([]);
  });

  it("by Ctrl-C says how to go on, and goes on", async () => {
    const file = await recipe("ctrl-c.yaml", ...fullRecipe);
    const args = processing(file, at("large.jsonl"), at("stopped.jsonl"), "--np", "2");
    const child = startCli(args);
    let stderr = "";
    child.stderr?.on("data", (text: Buffer) => (stderr += text.toString()));
    while (!(await journalOf(join(folder, ".stopped.jsonl.work"))))
      await new Promise((resolve) => setTimeout(resolve, 20));
    const stopped = Date.now();
    child.kill("SIGINT");
    const [status] = (await once(child, "exit")) as [number];
    expect(status).toBe(130);
    expect(Date.now() - stopped).toBeLessThan(10_000);
    expect(stderr).toContain("the same command goes on from here");
    const second = runCli(args);
    expect(second.status, second.stderr).toBe(0);
    expect(second.stdout).toContain("going on from an earlier run");
    expect((await rowsOf(at("stopped.jsonl"))).length).toBeGreaterThan(rows / 2);
  });
});

describe("an expression that does not end", () => {
  it("costs its row alone, in the time that a row has", async () => {
    const evil = JSON.stringify({ id: -1, text: `${"a".repeat(60)}!` });
    await writeMadeRows(at("evil.jsonl"), 3000, (id) => (id === 40 || id === 2000 ? evil : undefined));
    const file = await recipe("evil.yaml", "- replace_content_mapper: {pattern: '(a+)+$', repl: ''}");
    const began = Date.now();
    const run = runCli(processing(file, at("evil.jsonl"), at("evil-out.jsonl"), "--np", "2", "--row-timeout", "2"));
    expect(run.status, run.stderr).toBe(0);
    expect(Date.now() - began).toBeLessThan(30_000);
    expect(await rowsOf(at("evil-out.jsonl"))).toHaveLength(3000);
    expect(await rowsOf(at("evil-out_bad.jsonl"))).toEqual([
      {
        file: at("evil.jsonl"),
        line: 41,
        operator: "replace_content_mapper",
        reason: "the operator did not end within 2 seconds",
        row: { id: -1, text: `${"a".repeat(60)}!` },
      },
      expect.objectContaining({ line: 2002 }),
    ]);
  });
});

/** Runs the command line and says the most memory the process ever had, in MiB. */
async function measured(args: readonly string[]): Promise<Finished & { readonly megabytes: number }> {
  const child = startCli(args);
  let stderr = "";
  child.stderr?.on("data", (text: Buffer) => (stderr += text.toString()));
  let most = 0;
  const watch = setInterval(() => {
    void readFile(`/proc/${child.pid}/status`, "utf8")
      .catch(() => "")
      .then((text) => (most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(text)?.[1] ?? 0))));
  }, 25);
  const [status] = (await once(child, "exit")) as [number];
  clearInterval(watch);
  return { status, stdout: "", stderr, megabytes: most / 1024 };
}

describe("memory", () => {
  it("stays below 512 MiB on a large file with a line of 100 MB, which is set aside", async () => {
    await writeMadeRows(at("heavy.jsonl"), 150_000);
    const file = await open(at("heavy.jsonl"), "a");
    const part = "word ".repeat(200_000);
    await file.write('{"text": "');
    for (let i = 0; i < 100; i++) await file.write(part);
    await file.write(
      `"}\n${JSON.stringify({ id: -1, text: "six ".repeat(1_000_000) })}\n${JSON.stringify(madeRow(1))}\n`,
    );
    await file.close();
    const rules = await recipe("heavy.yaml", ...fullRecipe);
    for (const type of ["jsonl", "parquet"]) {
      const output = at(`heavy-out.${type}`);
      const run = await measured(
        processing(rules, at("heavy.jsonl"), output, "--np", "4", "--max-memory", "512MiB", "--overwrite"),
      );
      expect(run.status, run.stderr).toBe(0);
      expect(run.megabytes).toBeGreaterThan(50);
      expect(run.megabytes).toBeLessThan(512);
      const bad = await rowsOf(at("heavy-out_bad.jsonl"));
      expect(bad[0]).toMatchObject({
        line: 150_001,
        reason: expect.stringContaining("the line is too long") as string,
      });
    }
  });
});

describe("a row for which a worker has not enough memory", () => {
  it("is set aside", async () => {
    const rows = ["one two", "a b c d ".repeat(1_000_000), "three four"].map((text) => `${JSON.stringify({ text })}\n`);
    await writeFile(at("greedy.jsonl"), rows.join(""));
    const file = await recipe(
      "greedy.yaml",
      "- words_num_filter: {min_num: 1}",
      "- stopwords_filter: {min_ratio: 0, use_words_aug: true, words_aug_group_sizes: [2, 3, 4]}",
    );
    const run = await measured(
      processing(file, at("greedy.jsonl"), at("greedy-out.jsonl"), "--np", "2", "--max-memory", "512MiB"),
    );
    expect(run.status, run.stderr).toBe(0);
    expect(run.megabytes).toBeLessThan(512);
    expect(await readFile(at("greedy-out.jsonl"), "utf8")).toBe(`${rows[0]}${rows[2]}`);
    const [bad] = await rowsOf(at("greedy-out_bad.jsonl"));
    expect(bad).toMatchObject({ line: 2, reason: expect.stringContaining("needs more memory") as string });
  });
});

describe("bad input", () => {
  const run = async (rows: string, lines: readonly string[], ...more: readonly string[]): Promise<Finished> => {
    await writeFile(at("bad-in.jsonl"), rows);
    const file = await recipe("bad.yaml", ...lines);
    return runCli(processing(file, at("bad-in.jsonl"), at("bad-out.jsonl"), "--np", "1", ...more));
  };
  const refused = ({ status, stderr }: Finished, code: string, ...words: readonly string[]): void => {
    for (const word of [code, ...words]) expect(stderr).toContain(word);
    expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
    expect(status).toBe(code.startsWith("E_RECIPE") ? 2 : 1);
  };
  const good = `${JSON.stringify({ text: "one two three" })}\n`;

  it("empty, or all of it broken", async () => {
    refused(await run("", []), "E_DATA_EMPTY", "bad-in.jsonl", "there are no rows");
    refused(await run("{\n[]\n", []), "E_DATA_EMPTY", "all 2 rows are bad", "bad-out_bad.jsonl");
  });

  it("with broken UTF-8, mixed types and missing fields: set aside with line and reason, or the end under --strict", async () => {
    const rows = `${good}{"text":5}\n{"other":1}\n{"text":"\uFFFE`;
    const lenient = await run(rows, ["- text_length_filter:"]);
    expect(lenient.status, lenient.stderr).toBe(0);
    expect(lenient.stdout).toContain("3 bad rows set aside");
    const bad = await rowsOf(at("bad-out_bad.jsonl"));
    expect(bad.map(({ line }) => line)).toEqual([2, 3, 4]);
    refused(await run(rows, ["- text_length_filter:"], "--strict"), "E_DATA_ROW", "bad-in.jsonl:2");
    await writeFile(at("bytes.jsonl"), Buffer.concat([Buffer.from(good), Buffer.from([0x7b, 0xff, 0x0a])]));
    const bytes = runCli(processing(at("bad.yaml"), at("bytes.jsonl"), at("bad-out.jsonl"), "--np", "1"));
    expect(bytes.status).toBe(0);
    expect(await rowsOf(at("bad-out_bad.jsonl"))).toMatchObject([
      { line: 2, reason: "the line is not UTF-8", base64: "e/8=" },
    ]);
  });

  it("cut short: what came before is in the result, and the status says it", async () => {
    const packed = gzipSync(Array.from({ length: 5000 }, (_, id) => `${JSON.stringify(madeRow(id))}\n`).join(""));
    await writeFile(at("cut.jsonl.gz"), packed.subarray(0, packed.length / 2));
    const cut = runCli(processing(await recipe("none.yaml"), at("cut.jsonl.gz"), at("cut.jsonl"), "--np", "1"));
    expect(cut.status).toBe(1);
    expect(cut.stdout).toContain("cut.jsonl.gz could not be read to its end");
    expect((await rowsOf(at("cut.jsonl"))).length).toBeGreaterThan(1000);
    const strict = processing(at("none.yaml"), at("cut.jsonl.gz"), at("cut.jsonl"), "--np", "1", "--strict");
    refused(runCli(strict), "E_DATA_FILE", "cut.jsonl.gz");
  });

  it("in the recipe: all mistakes at once, each with its line", async () => {
    const lines = ["- words_num_filter: {min_num: many}", "- wrods_num_filter:", "- image_nsfw_filter:", "- 7"];
    refused(
      await run(good, lines),
      "E_RECIPE_INVALID",
      "4 mistakes",
      "bad.yaml:2:33",
      "did you mean words_num_filter?",
    );
    refused(await run(good, ["- replace_content_mapper: {pattern: '(', repl: ''}"]), "E_DATA_OPERATOR", "(");
    const small = await run(good, [], "--max-memory", "20MB");
    refused(small, "E_RECIPE_INVALID", "--max-memory", "at least 320MiB");
  });

  it("that is missing, or the result itself, or results of an earlier run in the same folder", async () => {
    const none = await recipe("none.yaml");
    refused(runCli(processing(none, at("nowhere.jsonl"), at("x.jsonl"))), "E_DATA_FILE", "nowhere.jsonl");
    await writeFile(at("self.jsonl"), good);
    refused(runCli(processing(none, at("self.jsonl"), at("self.jsonl"))), "E_OUTPUT_INPUT", "export_path");
    await mkdir(at("inside"));
    await writeFile(join(at("inside"), "a.jsonl"), good);
    for (let i = 0; i < 2; i++) {
      const run = runCli(processing(none, at("inside"), join(at("inside"), "out.jsonl"), "--np", "1"));
      expect(run.status, run.stderr).toBe(0);
      expect(await readFile(join(at("inside"), "out.jsonl"), "utf8")).toBe(good);
    }
  });

  it("on a disk that is full: says so, keeps what was there, and goes on when there is room", async ({ skip }) => {
    const disk = at("disk");
    await mkdir(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      skip("a small disk cannot be mounted here");
    }
    try {
      await writeFile(join(disk, "out.jsonl"), good);
      await writeMadeRows(at("disk-in.jsonl"), 12_000);
      const args = processing(
        await recipe("disk.yaml", ...fullRecipe),
        at("disk-in.jsonl"),
        join(disk, "out.jsonl"),
        "--np",
        "2",
      );
      refused(runCli(args), "E_DISK_FULL", "full");
      expect(await readFile(join(disk, "out.jsonl"), "utf8")).toBe(good);
      execFileSync("mount", ["-o", "remount,size=60m", disk]);
      const roomy = runCli(processing(at("disk.yaml"), at("disk-in.jsonl"), at("disk-out.jsonl"), "--np", "2"));
      expect(roomy.status, roomy.stderr).toBe(0);
      const again = runCli(args);
      expect(again.status, again.stderr).toBe(0);
      expect(await digest(join(disk, "out.jsonl"))).toBe(await digest(at("disk-out.jsonl")));
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});
