import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { randomAt } from "../../base/random.ts";
import { wordsNumFilter } from "../operators/filters/words-num.ts";
import { plainTools } from "../operators/testing/ready.ts";
import { processData, workFolder } from "./process.ts";
import { jobIn, plainOptions, readRowsOf, runIn, writeRows, type Entry } from "./testing/jobs.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "process-"));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);

const vocabulary = "the a fox dog runs over lazy quick brown day night river".split(" ");

/** Rows with repetitions, some of them bad: `count` of about half a kilobyte. */
function sampleRows(count: number): readonly unknown[] {
  const random = randomAt(count);
  return Array.from({ length: count }, (_, id) => {
    if (id % 97 === 5) return "{broken";
    if (id % 53 === 7) return { id, text: id };
    const length = 20 + random.integer(120);
    const words = Array.from({ length }, () => vocabulary[random.integer(vocabulary.length)]);
    return { id, text: id % 11 === 0 ? "the same\u00A0text" : words.join(" "), group: `g${id % 3}` };
  });
}

const recipe: readonly Entry[] = [
  "whitespace_normalization_mapper",
  ["words_num_filter", { min_num: 1 }],
  ["text_length_filter", { max_len: 600 }],
  "document_deduplicator",
  ["topk_specified_field_selector", { field_key: "id", top_ratio: 0.8 }],
  ["alphanumeric_filter", { min_ratio: 0.1 }],
];

const results = async (): Promise<Readonly<Record<string, string>>> => {
  const names = (await readdir(folder)).filter((name) => name.startsWith("out"));
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(at(name), "utf8")])));
};

describe("a run", () => {
  it("counts every row once: written, dropped or bad", async () => {
    await writeRows(at("in.jsonl"), sampleRows(1000));
    const report = await runIn(folder, recipe);
    expect(report.rowsRead).toBe(1000);
    expect(await readRowsOf(at("out.jsonl"))).toHaveLength(report.rowsWritten);
    expect(await readRowsOf(at("out_stats.jsonl"))).toHaveLength(report.rowsWritten);
    const bad = (await readRowsOf(at("out_bad.jsonl"))) as readonly {
      readonly line: number;
      readonly text?: string;
      readonly operator?: string;
    }[];
    expect(bad).toHaveLength(report.rowsBad);
    expect(bad.filter(({ text }) => text === "{broken").map(({ line }) => line - 1)).toEqual(
      Array.from({ length: 1000 }, (_, id) => id).filter((id) => id % 97 === 5),
    );
    const lost = report.operators.reduce((sum, { rowsIn, rowsOut }) => sum + rowsIn - rowsOut, 0);
    const unread = bad.filter(({ operator }) => operator === undefined).length;
    expect(1000 - unread - lost).toBe(report.rowsWritten);
    expect(report.reasons.reduce((sum, [, count]) => sum + count, 0)).toBe(report.rowsBad);
    expect((await readdir(folder)).sort()).toEqual(["in.jsonl", "out.jsonl", "out_bad.jsonl", "out_stats.jsonl"]);
  });

  it("gives the same bytes whatever the size of memory and the rows at one time", async () => {
    await writeRows(at("in.jsonl"), sampleRows(3000));
    await runIn(folder, recipe);
    const first = await results();
    await runIn(folder, recipe, { run: { maxMemory: 400 * 2 ** 20, concurrency: 1 } });
    expect(await results()).toEqual(first);
  });

  it("reads a file twice that is named twice", async () => {
    await writeRows(at("in.jsonl"), [{ a: 1 }]);
    const report = await runIn(folder, [], { files: [at("in.jsonl"), at("in.jsonl")] });
    expect(report.rowsWritten).toBe(2);
  });

  it("with an operator twice does it twice", async () => {
    await writeRows(at("in.jsonl"), [{ text: "a b" }, { text: "a b c" }, { text: "a b c d" }]);
    const twice: readonly Entry[] = [
      ["words_num_filter", { min_num: 3 }],
      ["words_num_filter", { min_num: 1, max_num: 3 }],
    ];
    const report = await runIn(folder, twice);
    expect(await readRowsOf(at("out.jsonl"))).toEqual([{ text: "a b c" }]);
    expect(report.operators.map(({ rowsOut }) => rowsOut).sort()).toEqual([1, 2]);
  });

  it("groups rows into batches, and an empty stage passes through all kinds", async () => {
    await writeRows(at("in.jsonl"), [
      { k: "x", v: 1 },
      { k: "y", v: 2 },
      { k: "x", v: 3 },
    ]);
    await runIn(folder, [["key_value_grouper", { group_by_keys: ["k"] }]]);
    expect(await readRowsOf(at("out.jsonl"))).toEqual([
      { k: ["x", "x"], v: [1, 3] },
      { k: ["y"], v: [2] },
    ]);
    await writeRows(at("in.jsonl"), [{ text: "short" }]);
    const report = await runIn(folder, [
      ["text_length_filter", { min_len: 100 }],
      "document_deduplicator",
      "document_minhash_deduplicator",
      ["topk_specified_field_selector", { field_key: "text", topk: 5 }],
      "naive_grouper",
    ]);
    expect(report.rowsWritten).toBe(0);
    expect(await readFile(at("out.jsonl"), "utf8")).toBe("");
  });

  it("tells of progress that reaches its end", async () => {
    await writeRows(at("in.jsonl.gz"), sampleRows(2000));
    const shares: number[] = [];
    const run = { onProgress: ({ share }: { readonly share: number }) => void shares.push(share) };
    await runIn(folder, recipe, { files: [at("in.jsonl.gz")], run });
    expect(shares.length).toBeGreaterThan(0);
    expect(Math.max(...shares)).toBeGreaterThan(0.9);
    expect(Math.max(...shares)).toBeLessThanOrEqual(1);
  });

  it("notes what each operator did", async () => {
    await writeRows(at("in.jsonl"), [
      { id: 1, text: "same" },
      { id: 2, text: "same" },
      { id: 3, text: "other\u00A0one" },
    ]);
    const steps: readonly Entry[] = [
      "whitespace_normalization_mapper",
      "document_deduplicator",
      ["topk_specified_field_selector", { field_key: "id", topk: 1 }],
    ];
    const report = await runIn(folder, steps, { traceRows: 5 });
    expect(report.traceFolder).toBe(at("out_trace"));
    const names = (await readdir(at("out_trace"))).sort();
    expect(names).toEqual([
      "01-whitespace_normalization_mapper.jsonl",
      "02-document_deduplicator.jsonl",
      "03-topk_specified_field_selector.jsonl",
    ]);
    const [changed, duplicate, unselected] = await Promise.all(
      names.map((name) => readRowsOf(join(at("out_trace"), name))),
    );
    expect(changed).toMatchObject([{ kind: "changed", after: { text: "other one" } }]);
    expect(duplicate).toMatchObject([{ kind: "duplicate", row: { id: 2 }, original: { id: 1 } }]);
    expect(unselected).toMatchObject([{ kind: "not selected", row: { id: 1 } }]);
    // Traces of an earlier run go; what is not a trace stays.
    await writeFile(join(at("out_trace"), "notes.txt"), "mine");
    await runIn(folder, [], {});
    expect(await readdir(at("out_trace"))).toEqual(["notes.txt"]);
  });
});

describe("going on", () => {
  /** Stops a run when the filter of words has seen so many rows; says how many it has seen in the end. */
  async function interruptAt(row: number, entries: readonly Entry[]): Promise<number> {
    const stop = new AbortController();
    let seen = 0;
    const { create } = wordsNumFilter;
    vi.spyOn(wordsNumFilter, "create").mockImplementation(async (args, tools) => {
      const filter = await create(args, tools);
      return {
        ...filter,
        measure: (sample) => {
          if (++seen === row) stop.abort();
          return filter.measure(sample);
        },
      };
    });
    await runIn(folder, entries, { run: { signal: stop.signal } }).then(
      () => undefined,
      (error: Error) => expect(error.name).toBe("AbortError"),
    );
    return seen;
  }

  it.each([1, 2500, 5200, 9000])("after row %i ends in the same bytes, and does nothing twice", async (row) => {
    await writeRows(at("in.jsonl"), sampleRows(8000));
    const entries: readonly Entry[] = [...recipe, ["words_num_filter", { min_num: 2, text_key: "group" }]];
    await runIn(folder, entries);
    const wanted = await results();
    for (const name of Object.keys(wanted)) await rm(at(name));
    const before = await interruptAt(row, entries);
    vi.restoreAllMocks();
    const through = await interruptAt(Number.POSITIVE_INFINITY, entries);
    expect(await results()).toEqual(wanted);
    const { length } = sampleRows(8000);
    // At most the blocks under way were begun anew: three of about two thousand rows.
    expect(before + through).toBeLessThan(2 * length + 7000);
    if (row > 5000) expect(through).toBeLessThan(2 * length - 1500);
  });

  it("from every state of the work folder ends in the same bytes", async () => {
    await writeRows(at("in.jsonl"), sampleRows(4000));
    const states: string[] = [];
    const work = workFolder(at("out.jsonl"));
    // Copies what is on the disk whenever a stage's blocks are done: what a kill at that instant leaves.
    let copying: Promise<unknown> = Promise.resolve();
    const onProgress = (): void => {
      const name = at(`state-${states.length}`);
      states.push(name);
      copying = copying.then(() => cp(work, name, { recursive: true }).catch(() => undefined));
    };
    await runIn(folder, recipe, { run: { onProgress } });
    await copying;
    const wanted = await results();
    expect(states.length).toBeGreaterThan(1);
    for (const state of states) {
      for (const name of Object.keys(wanted)) await rm(at(name), { force: true });
      await rm(work, { recursive: true, force: true });
      await cp(state, work, { recursive: true });
      await rm(join(work, "lock"), { force: true });
      await runIn(folder, recipe);
      expect(await results()).toEqual(wanted);
    }
  });

  it("is not done from the work of another recipe, other rows, or files that lost bytes", async () => {
    await writeRows(at("in.jsonl"), sampleRows(8000));
    const stop = async (): Promise<void> => {
      await interruptAt(7000, recipe);
      vi.restoreAllMocks();
      expect(await readdir(workFolder(at("out.jsonl")))).toContain("journal.json");
    };
    await stop();
    expect((await runIn(folder, [...recipe, "clean_links_mapper"])).resumed).toBe(false);
    await stop();
    await truncate(join(workFolder(at("out.jsonl")), "stage-0.rows"), 10);
    expect((await runIn(folder, recipe)).resumed).toBe(false);
    await stop();
    await writeRows(at("in.jsonl"), sampleRows(100));
    expect((await runIn(folder, recipe)).resumed).toBe(false);
    expect(await readRowsOf(at("out.jsonl"))).not.toHaveLength(0);
  });

  it("in the middle of the export ends in the same files", async () => {
    await writeRows(at("in.jsonl"), sampleRows(500));
    await runIn(folder, recipe, { traceRows: 3 });
    const wanted = await results().catch(() => undefined);
    expect(wanted).toBeUndefined();
    const rows = await readFile(at("out.jsonl"), "utf8");
    const bad = await readFile(at("out_bad.jsonl"), "utf8");
    await rm(at("out.jsonl"));
    await rm(at("out_bad.jsonl"));
    // A folder is in the way of the last move but one.
    await mkdir(join(at("out_bad.jsonl"), "x"), { recursive: true });
    await expect(runIn(folder, recipe, { traceRows: 3 })).rejects.toThrow(/E_FILE_WRITE: .*out_bad/);
    expect(await readFile(at("out.jsonl"), "utf8")).toBe(rows);
    await rm(at("out_bad.jsonl"), { recursive: true });
    const report = await runIn(folder, recipe, { traceRows: 3 });
    expect(report.resumed).toBe(true);
    expect(await readFile(at("out.jsonl"), "utf8")).toBe(rows);
    expect(await readFile(at("out_bad.jsonl"), "utf8")).toBe(bad);
    expect(await readdir(at("out_trace"))).toHaveLength(4);
    expect(await readdir(folder)).not.toContain(".out.jsonl.work");
  });
});

describe("what cannot be done", () => {
  it("is told: nothing to read", async () => {
    await writeFile(at("in.jsonl"), "\n\n");
    for (const entries of [[], recipe])
      await expect(runIn(folder, entries)).rejects.toThrow(/E_DATA_EMPTY: .*in.jsonl/);
    expect(await readdir(folder)).toEqual(["in.jsonl"]);
  });

  it("is told: all rows are bad; they are kept beside the result, and the next run begins anew", async () => {
    await writeRows(at("in.jsonl"), ["{", "7"]);
    for (let i = 0; i < 2; i++)
      await expect(runIn(folder, recipe)).rejects.toThrow(/E_DATA_EMPTY: .*all 2 rows are bad/);
    expect(await readRowsOf(at("out_bad.jsonl"))).toHaveLength(2);
    expect((await readdir(folder)).sort()).toEqual(["in.jsonl", "out_bad.jsonl"]);
  });

  it("is told: a row, when strict", async () => {
    await writeRows(at("in.jsonl"), [{ text: "a" }, "{"]);
    await expect(runIn(folder, [], { strict: true })).rejects.toThrow(/E_DATA_ROW: .*in.jsonl:2: not JSON/);
  });

  it("is told: files cut short, at once when strict; what came before is kept otherwise", async () => {
    const packed = gzipSync(Array.from({ length: 9000 }, (_, i) => `{"i":${i * 7919}}\n`).join(""));
    await writeFile(at("cut.jsonl.gz"), packed.subarray(0, packed.length - 3000));
    await writeRows(at("in.jsonl"), [{ i: "last" }]);
    const files = [at("cut.jsonl.gz"), at("in.jsonl")];
    const report = await runIn(folder, [], { files });
    expect(report.fileFaults).toMatchObject([
      { file: at("cut.jsonl.gz"), reason: expect.stringContaining("unexpected end") },
    ]);
    expect((await readRowsOf(at("out.jsonl"))).at(-1)).toEqual({ i: "last" });
    expect(report.rowsWritten).toBeGreaterThan(1000);
    await expect(runIn(folder, [], { files, strict: true })).rejects.toThrow(/E_DATA_FILE: .*cut.jsonl.gz/);
    await writeFile(at("in.json"), '[{"a": 1}, {"a"');
    await expect(runIn(folder, ["random_selector"], { files: [at("nowhere.jsonl")] })).rejects.toThrow(/E_DATA_FILE/);
  });

  it("is told: one's own result as input, by whatever path", async () => {
    await writeRows(at("in.jsonl"), [{ a: 1 }]);
    const refused = /E_OUTPUT_INPUT: .*read and replaced/;
    await expect(runIn(folder, [], { exportPath: at("in.jsonl") })).rejects.toThrow(refused);
    await symlink(at("in.jsonl"), at("link.jsonl"));
    await expect(runIn(folder, [], { exportPath: at("link.jsonl") })).rejects.toThrow(refused);
    await writeRows(at("x_stats.jsonl"), [{ a: 1 }]);
    const files = [at("x_stats.jsonl")];
    await expect(runIn(folder, [], { files, exportPath: at("x.jsonl") })).rejects.toThrow(refused);
    expect(await readRowsOf(at("in.jsonl"))).toEqual([{ a: 1 }]);
  });

  it("is told: a place that cannot be written, before any work", async () => {
    await writeRows(at("in.jsonl"), [{ a: 1 }]);
    await mkdir(at("dir.jsonl"));
    await expect(runIn(folder, [], { exportPath: at("dir.jsonl") })).rejects.toThrow(/E_FILE_WRITE: .*it is a folder/);
    await writeFile(at("file"), "");
    await expect(runIn(folder, [], { exportPath: join(at("file"), "out.jsonl") })).rejects.toThrow(/E_FILE_WRITE/);
  });

  it("is told: an operator of a late stage, before the first stage", async () => {
    await writeRows(at("in.jsonl"), sampleRows(50));
    const late: Entry = ["replace_content_mapper", { pattern: "(", repl: "" }];
    const seen = vi.spyOn(wordsNumFilter, "create");
    await expect(runIn(folder, [...recipe, late])).rejects.toThrow(/E_DATA_OPERATOR/);
    expect(seen).not.toHaveBeenCalled();
  });

  it("is told: a second run on the same result", async () => {
    await writeRows(at("in.jsonl"), sampleRows(2000));
    const first = processData(jobIn(folder, recipe), plainOptions);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(runIn(folder, recipe)).rejects.toThrow(/E_OUTPUT_BUSY/);
    await first;
    expect((await runIn(folder, recipe)).resumed).toBe(false);
  });
});

it("operators see the seed and folder of the job", async () => {
  await writeRows(at("in.jsonl"), [{ text: "a b c d e f g h i j k" }]);
  const seen = vi.spyOn(wordsNumFilter, "create");
  await runIn(folder, ["words_num_filter"], { seed: 7 });
  const [, tools] = seen.mock.calls[0] ?? [];
  expect(tools).toMatchObject({ seed: 7, allowCode: plainTools.allowCode });
  expect(tools?.resolve("x")).toBe(at("x"));
});
