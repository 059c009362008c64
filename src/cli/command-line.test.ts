import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fail, internal, isTunesmithError } from "../base/errors.ts";
import type { Entry } from "../recipes/index.ts";
import { sftRecipe } from "../recipes/index.ts";
import { followPointer, resumeSource, templateOptions, textOrFile } from "./files.ts";
import { parseFlags } from "./flags.ts";
import { defaultText, valueWord, wrap } from "./help.ts";
import { assetsFolder } from "./run.ts";
import { errorText, exitStatus } from "./show-error.ts";
import { plain } from "./terminal/paint.ts";
import { verbs } from "./verbs.ts";
import { packageVersion } from "../base/package-version.ts";
import { runInProcess } from "../../test/support/in-process.ts";

const run = (...words: readonly string[]) => runInProcess(words);

const words = (entries: readonly Entry[]): Readonly<Record<string, readonly string[] | undefined>> =>
  Object.fromEntries(entries.map(({ key, words: given }) => [key, given]));

test("the table of verbs names files, and their recipes agree", async () => {
  const files = readdirSync(import.meta.dirname, { recursive: true });
  for (const [name, { load, summary }] of Object.entries(verbs)) {
    expect(files).toContain(`${name.replace(" ", "/")}.ts`);
    expect(summary).toMatch(/^[A-Z].*\.$/);
    expect((await load()).recipe.verb).toBe(name);
  }
});

test("help, version and nothing at all", async () => {
  const help = await run("--help");
  expect(help).toMatchObject({ status: 0, err: "" });
  for (const verb of Object.keys(verbs)) expect(help.out).toContain(`\n  ${verb} `);
  expect(await run("-h")).toEqual(help);
  expect(await run("--version")).toEqual({ status: 0, out: `${packageVersion()}\n`, err: "" });
  expect(await run()).toMatchObject({ status: 2, out: "", err: expect.stringContaining("Verbs") });
  expect((await run("help", "sft")).out).toBe((await run("sft", "--help")).out);
});

test.each(Object.keys(verbs))("%s --help shows every flag, and examples that parse", async (name) => {
  const verb = await verbs[name]?.load();
  const { out, status } = await run(...name.split(" "), "--help");
  expect(status).toBe(0);
  for (const { brief, fields } of verb?.recipe.groups ?? []) {
    for (const { key, default: on } of fields) {
      const flag = `--${on === true ? "[no-]" : ""}${key.replaceAll("_", "-")}`;
      expect(out).toContain(brief ? flag : `\n  ${flag}`);
    }
  }
  expect(
    Math.max(
      ...out
        .split("\n")
        .filter((line) => !line.includes("tunesmith"))
        .map((line) => line.length),
    ),
  ).toBeLessThanOrEqual(100);
  for (const example of verb?.examples(assetsFolder()) ?? []) {
    expect(out).toContain(example);
    const words = splitWords(example);
    const called = name.split(" ");
    expect(words.slice(0, called.length + 1)).toEqual(["tunesmith", ...called]);
    const rest = words.slice(called.length + 1);
    const line = parseFlags(verb?.recipe ?? internal("no verb"), rest);
    if (!example.includes("--resume-from-checkpoint")) verb?.check([line.source]);
  }
});

/** As a shell would, for words and single quotes. */
const splitWords = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");

test("every example's files are in the package", async () => {
  const { existsSync } = await import("node:fs");
  for (const { load } of Object.values(verbs)) {
    const paths = (await load())
      .examples(assetsFolder())
      .flatMap(splitWords)
      .filter((word) => word.startsWith(assetsFolder()));
    for (const path of paths) expect({ path, exists: existsSync(path) }).toEqual({ path, exists: true });
  }
});

test("JSON schema of a verb", async () => {
  const { out, status } = await run("infer", "--json-schema");
  expect(status).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ title: "tunesmith infer", additionalProperties: false });
});

test.each([
  [["sfft"], "error E_CLI_USAGE: Unknown verb sfft. Did you mean sft? Run `tunesmith --help`.\n"],
  [["trian"], "error E_CLI_USAGE: Unknown verb trian. Did you mean sft? Run `tunesmith --help`.\n"],
  [["train"], "error E_CLI_USAGE: Unknown verb train. Did you mean sft? Run `tunesmith --help`.\n"],
  [["--verbose"], "error E_CLI_USAGE: Unknown flag --verbose. Run `tunesmith --help`.\n"],
  [["constructor"], "error E_CLI_USAGE: Unknown verb constructor. Run `tunesmith --help`.\n"],
  [
    ["doctor", "--jsn"],
    "error E_RECIPE_INVALID: --jsn: unknown key --jsn; did you mean --json? `tunesmith doctor --help` lists every key.\n",
  ],
  [
    ["sft", "--model", "m", "--dataset", "a", "--lora-rank"],
    "error E_CLI_USAGE: option '--lora-rank <word>' argument missing. Run `tunesmith sft --help`.\n",
  ],
  [
    ["sft", "--model", "--dataset", "a"],
    "error E_CLI_USAGE: --model needs a value, but --dataset follows. Run `tunesmith --help`.\n",
  ],
  [["sft", "no-such.yaml"], "error E_RECIPE_FILE: no-such.yaml: there is no such file."],
  [["sft", "a.yaml", "b.yaml"], 'error E_CLI_USAGE: The word "b.yaml" belongs to no flag.'],
])("%j is refused", async (given, message) => {
  const { status, out, err } = await run(...given);
  expect({ status, out }).toEqual({ status: 2, out: "" });
  expect(err.slice(0, message.length)).toBe(message);
});

test("every mistake of a command line is told at once", async () => {
  const { err, status } = await run("sft", "--lora-rnak", "8", "--seed=x", "--wat=1", "--packing", "maybe");
  expect(status).toBe(2);
  expect(err.split("\n").map((line) => line.replace(/^ {2}/, ""))).toEqual([
    "error E_RECIPE_INVALID: 6 mistakes in the arguments of sft:",
    "--lora-rnak: unknown key --lora-rnak; did you mean --lora-rank?",
    "--wat: unknown key --wat.",
    '--packing: expected true or false; got "maybe".',
    '--seed: expected a whole number at least 0 and at most 4294967295; got "x".',
    "--model: is needed: the folder of a Hugging Face checkpoint.",
    "--dataset: is needed: a file of rows, for example train.jsonl.",
    "`tunesmith sft --help` lists every key.",
    "",
  ]);
});

test("ways to write flags", () => {
  const line = parseFlags(sftRecipe, [
    "run.yaml",
    "--lora_rank=4",
    "--dataset",
    "a",
    "b",
    "--dataset",
    "c",
    "--target-modules",
    "q_proj",
    "v_proj",
    "--packing",
    "--no-strict",
    "--no_use_rslora",
    "--dataset-shuffle",
    "false",
    "--max_steps",
    "-1",
    "--train-type",
    "full",
    "--system",
    "",
  ]);
  expect(line.config).toBe("run.yaml");
  expect(words(line.source.entries)).toEqual({
    "--lora_rank": ["4"],
    "--dataset": ["a", "b", "c"],
    "--target-modules": ["q_proj", "v_proj"],
    "--packing": ["true"],
    "--no-strict": ["false"],
    "--no_use_rslora": ["false"],
    "--dataset-shuffle": ["false"],
    "--max_steps": ["-1"],
    "--train-type": ["full"],
    "--system": [""],
  });
  expect(parseFlags(sftRecipe, ["--config", "x.yaml", "--debug"]).config).toBe("x.yaml");
});

test("a YAML file and flags that override it", async () => {
  const dir = await mkdtemp(join(tmpdir(), "tunesmith-"));
  const file = join(dir, "run.yaml");
  await writeFile(file, "model: m\nlora_rnak: 4\n");
  const { err } = await run("sft", file, "--seed", "-1");
  expect(err).toContain(`\n  ${file}:2:1: unknown key lora_rnak; did you mean lora_rank?`);
  expect(err).toContain("\n  --seed: expected a whole number");
});

test("texts of help", () => {
  const info = (key: string) => sftRecipe.fields.get(key) ?? internal(key);
  const shown = [
    "lora_rank",
    "optim",
    "tuner_type",
    "packing",
    "dataset",
    "columns",
    "report_to",
    "learning_rate",
    "adam_epsilon",
  ];
  expect(shown.map((key) => [valueWord(info(key)), defaultText(info(key))])).toEqual([
    ["N", "8"],
    ["NAME", "adamw"],
    ["NAME", "lora"],
    ["", "false"],
    ["TEXT...", ""],
    ["JSON", ""],
    ["tensorboard|mlflow|wandb|none...", "tensorboard"],
    ["X", "1e-4 for lora, 1e-5 for full"],
    ["X", "1e-8"],
  ]);
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap("", 7)).toEqual([""]);
});

test("errors are one paragraph; the stack only when asked", () => {
  const show = (error: unknown, debug = false): string => errorText(error, { debug, paint: plain });
  const known = grab(() => fail("E_OUTPUT_EXISTS", { where: "runs/a", what: "It is full.", cause: new Error("deep") }));
  expect(show(known)).toBe(
    "error E_OUTPUT_EXISTS: runs/a: It is full. Name another output, or add --overwrite to replace what an earlier command has written.\n",
  );
  expect(show(known, true)).toMatch(/\n\s+at .*\ncaused by Error: deep\n/s);
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  expect(show(full)).toBe(
    "error E_SYSTEM: ENOSPC: no space left on device, write. Free some space or give another --output-dir; the last whole checkpoint is kept.\n",
  );
  expect(show(grab(() => internal("boom")))).toBe(
    "error E_INTERNAL: boom. This is a fault of Tunesmith, not of yours. Run again with --debug and report what it prints.\n",
  );
  expect([exitStatus(known), exitStatus(full), exitStatus(grab(() => fail("E_CLI_USAGE", { what: "" })))]).toEqual([
    1, 1, 2,
  ]);
});

function grab(throws: () => unknown): unknown {
  try {
    throws();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "none",
    (error: unknown) => (isTunesmithError(error) ? error.code : error),
  );

test("texts and templates may be files", async () => {
  const dir = await mkdtemp(join(tmpdir(), "tunesmith-"));
  await writeFile(join(dir, "system.txt"), "be kind\n");
  await writeFile(join(dir, "t.jinja"), "{{ messages }}");
  expect(await textOrFile("be brief")).toBe("be brief");
  expect(await textOrFile(join(dir, "system.txt"))).toBe("be kind");
  expect(await codeOf(textOrFile(join(dir, "none.txt")))).toBe("E_CLI_INPUT");
  expect(await templateOptions(undefined)).toEqual({});
  expect(await codeOf(templateOptions(join(dir, "none.jinja")))).toBe("E_CLI_INPUT");
  expect(await templateOptions(join(dir, "t.jinja"))).toEqual({ source: "{{ messages }}" });
});

test("a run that is not there is named, not what its arguments would have said", async () => {
  const { status, err } = await run("sft", "--resume-from-checkpoint", "runs/no-such/last");
  expect(err).toContain("E_TRAIN_CHECKPOINT: --resume-from-checkpoint runs/no-such/last: there is no checkpoint");
  expect(status).toBe(1);
});

test("a resumed run takes its arguments from the checkpoint, and its folder from where that lies now", async () => {
  const dir = await mkdtemp(join(tmpdir(), "tunesmith-"));
  const checkpoint = join(dir, "checkpoint-4");
  await mkdir(checkpoint);
  await writeFile(join(checkpoint, "trainer_state.json"), "{}");
  const saved = { model: "m", dataset: ["a"], output_dir: "elsewhere", lora_rank: 2, overwrite_output_dir: true };
  await writeFile(join(checkpoint, "args.json"), JSON.stringify(saved));
  await writeFile(join(dir, "last"), "checkpoint-4\n");
  expect(await followPointer(join(dir, "last"))).toBe(checkpoint);
  const expected = { model: "m", dataset: ["a"], lora_rank: 2, output_dir: dir };
  for (const [given, output] of [
    [checkpoint, undefined],
    [join(dir, "last"), undefined],
    ["last", dir],
  ] as const) {
    const [source] = await resumeSource(given, output);
    expect(Object.fromEntries(source?.entries.map(({ key, value }) => [key, value]) ?? [])).toEqual(expected);
  }
  expect(await resumeSource(undefined, dir)).toEqual([]);
  expect(await resumeSource(join(dir, "nothing"), undefined)).toEqual([]);
  await writeFile(join(checkpoint, "args.json"), "[1]");
  expect(await codeOf(resumeSource(checkpoint, undefined))).toBe("E_CLI_INPUT");
});
