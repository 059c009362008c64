/** Bad input, as people give it: one paragraph with a code and what to do, a status that is not zero, nothing lost. */
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeSafetensors } from "../../src/formats/safetensors.ts";
import { assets, buildCli, runCli, type Finished } from "../support/cli.ts";

let folder = "";
let model = "";
const row = JSON.stringify({
  messages: [
    { role: "user", content: "Hello" },
    { role: "assistant", content: "Hi there" },
  ],
});

beforeAll(async () => {
  buildCli();
  folder = await mkdtemp(join(tmpdir(), "bad-input-"));
  model = join(assets, "stories260k");
  await writeFile(join(folder, "good.jsonl"), `${row}\n`.repeat(20));
});
afterAll(() => rm(folder, { recursive: true }));

let runs = 0;

/** A short run into a folder of its own; later flags win. */
function sft(...args: readonly string[]): Finished {
  const output = join(folder, `out-${runs++}`);
  return runCli(["sft", "--output-dir", output, "--max-steps", "20", "--gradient-accumulation-steps", "1", ...args]);
}

function expectRefusal({ status, stderr }: Finished, code: string, ...words: readonly string[]): void {
  const paragraph = stderr.slice(stderr.lastIndexOf("error "));
  expect(paragraph, stderr).toContain(code);
  for (const word of words) expect(paragraph).toContain(word);
  expect(paragraph.trim().split("\n\n").length).toBe(1);
  expect(paragraph).not.toMatch(/^\s+at .*:\d+:\d+/m);
  expect(status).not.toBe(0);
}

/** A copy of the model with something done to it. */
async function spoiled(name: string, spoil: (dir: string) => Promise<unknown>): Promise<string> {
  const dir = join(folder, name);
  await cp(model, dir, { recursive: true });
  await spoil(dir);
  return dir;
}

async function changeConfig(dir: string, change: object): Promise<void> {
  const path = join(dir, "config.json");
  await writeFile(path, JSON.stringify({ ...(JSON.parse(await readFile(path, "utf8")) as object), ...change }));
}

async function data(name: string, ...lines: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, lines.join("\n"));
  return path;
}

describe("models", () => {
  const good = () => join(folder, "good.jsonl");

  it("missing", () =>
    expectRefusal(sft("--model", join(folder, "nowhere"), "--dataset", good()), "E_MODEL_FILE", "nowhere"));

  it("cut short", async () => {
    const dir = await spoiled("cut", (at) => truncate(join(at, "model.safetensors"), 500_000));
    expectRefusal(sft("--model", dir, "--dataset", good()), "E_SAFETENSORS", "cut short");
  });

  it("with a lying header", async () => {
    const dir = await spoiled("lying", async (at) => {
      const path = join(at, "model.safetensors");
      const bytes = await readFile(path);
      bytes.writeBigUInt64LE(2n ** 62n, 0);
      await writeFile(path, bytes);
    });
    expectRefusal(sft("--model", dir, "--dataset", good()), "E_SAFETENSORS", "header");
  });

  it("with a tensor of the wrong shape", async () => {
    const dir = await spoiled("shape", (at) => changeConfig(at, { intermediate_size: 100 }));
    expectRefusal(sft("--model", dir, "--dataset", good()), "E_MODEL_TENSOR", "shape");
  });

  it("without a tensor", async () => {
    const dir = await spoiled("lacking", (at) =>
      writeSafetensors(join(at, "model.safetensors"), [
        { name: "a", dtype: "float32", shape: [1], data: new Float32Array(1) },
      ]),
    );
    expectRefusal(sft("--model", dir, "--dataset", good()), "E_MODEL_TENSOR", "missing");
  });

  it("with a key that changes the math", async () => {
    const dir = await spoiled("key", (at) => changeConfig(at, { attention_multiplier: 2 }));
    expectRefusal(sft("--model", dir, "--dataset", good()), "E_MODEL_CONFIG", "attention_multiplier");
  });
});

describe("data", () => {
  const on = (path: string, ...more: readonly string[]): Finished => sft("--model", model, "--dataset", path, ...more);

  it("missing", () => expectRefusal(on(join(folder, "none.jsonl")), "E_DATA_FILE", "none.jsonl"));
  it("empty", async () => expectRefusal(on(await data("empty.jsonl", "")), "E_DATA_EMPTY", "empty.jsonl"));

  it("with a malformed line: named under --strict, dropped and counted without", async () => {
    const path = await data("broken.jsonl", row, '{"messages": [', row);
    expectRefusal(on(path, "--strict"), "E_DATA_ROW", "broken.jsonl:2");
    const lenient = on(path);
    expect(lenient.status, lenient.stderr).toBe(0);
    expect(lenient.stderr).toContain("broken.jsonl:2");
  });

  it("with roles in the wrong order", async () => {
    const wrong = JSON.stringify({
      messages: [
        { role: "assistant", content: "a" },
        { role: "user", content: "b" },
      ],
    });
    expectRefusal(on(await data("order.jsonl", wrong), "--strict"), "E_DATA_ROW", "order.jsonl:1", "messages[1].role");
  });

  it("with samples that are too long", async () => {
    const long = JSON.stringify({ query: "a", response: "word ".repeat(3000) });
    expectRefusal(on(await data("long.jsonl", long)), "E_DATA_EMPTY", "too long", "max_length");
    expectRefusal(on(join(folder, "long.jsonl"), "--truncation-strategy", "raise"), "E_TEXT_TOO_LONG", "long.jsonl:1");
  });

  it("in which no token is trained", async () => {
    const untrained = JSON.stringify({
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content: "b", loss: false },
      ],
    });
    expectRefusal(on(await data("untrained.jsonl", untrained)), "E_TRAIN_PREFLIGHT", "untrained.jsonl:1", "--allow");
  });
});

describe("runs", () => {
  const good = (): readonly string[] => ["--model", model, "--dataset", join(folder, "good.jsonl")];

  it("with an unknown flag, and several mistakes at once", () => {
    expectRefusal(sft(...good(), "--lerning-rate", "1e-3"), "E_", "learning");
    const several = sft(...good(), "--learning-rate", "fast", "--lora-rank", "0");
    expectRefusal(several, "E_RECIPE_INVALID", "learning-rate", "lora-rank");
  });

  it("whose loss is not a number: stops at the step, names the samples, keeps the last checkpoint", async () => {
    const output = join(folder, "diverged");
    const settings = "--learning-rate 1e30 --max-steps 20 --save-steps 1 --warmup-ratio 0 --max-grad-norm 0";
    const diverged = sft(...good(), "--output-dir", output, "--tuner-type", "full", ...settings.split(" "));
    expectRefusal(diverged, "E_TRAIN_NOT_FINITE", "step", "good.jsonl");
    const kept = (await readdir(output)).filter((name) => name.startsWith("checkpoint-"));
    expect(kept.length).toBeGreaterThan(0);
  });

  it("into a folder that holds something", async () => {
    const output = join(folder, "taken");
    await mkdir(output, { recursive: true });
    await writeFile(join(output, "thesis.txt"), "years of work");
    const refused = runCli(["sft", ...good(), "--output-dir", output]);
    expectRefusal(refused, "E_OUTPUT_EXISTS", "thesis.txt");
    expect(await readFile(join(output, "thesis.txt"), "utf8")).toBe("years of work");
  });

  it("on a disk that is full: says so, keeps what was there", async ({ skip }) => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      skip("a small disk cannot be mounted here");
    }
    try {
      const full = sft(...good(), "--output-dir", join(disk, "run"), "--tuner-type", "full");
      expectRefusal(full, "E_DISK_FULL", "full");
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});
