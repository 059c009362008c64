/** A run that is killed at any instant and continued ends in the same bytes as one that ran through. */
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomAt } from "../../src/base/random.ts";
import { listCheckpoints } from "../../src/train/run-folder.ts";
import { assets, buildCli, runCli, startCli } from "../support/cli.ts";
import { checkpointBytes, killAfter } from "../support/killed-run.ts";

let folder = "";
beforeAll(async () => {
  buildCli();
  folder = await mkdtemp(join(tmpdir(), "resume-"));
});
afterAll(() => rm(folder, { recursive: true }));

const settings =
  "--max-steps 24 --save-steps 3 --eval-steps 6 --max-length 128 --truncation-strategy right " +
  "--per-device-train-batch-size 4 --gradient-accumulation-steps 2 --learning-rate 1e-3";

const training = (tuner: string, extra: readonly string[], output: string): readonly string[] => {
  const [model, train, heldOut] = ["stories260k", "fables/train.jsonl", "fables/held-out.jsonl"].map((name) =>
    join(assets, name),
  ) as [string, string, string];
  const data = ["--model", model, "--dataset", train, "--val-dataset", heldOut];
  return ["pt", ...data, ...settings.split(" "), "--tuner-type", tuner, ...extra, "--output-dir", output];
};

describe.each([
  ["lora", ["--lora-dropout", "0.1"]],
  ["full", ["--torch-dtype", "bfloat16"]],
  ["lora", ["--packing"]],
])("a %s run with %s", (tuner, extra) => {
  it("killed again and again, ends as if it had not been", async () => {
    const [through, killed] = [
      join(folder, `${tuner}${extra.join("")}-a`),
      join(folder, `${tuner}${extra.join("")}-b`),
    ];
    expect(runCli(training(tuner, extra, through)).status).toBe(0);
    const random = randomAt(Date.now());
    await killAfter(training(tuner, extra, killed), killed, 1, random.integer(120));
    for (const checkpoints of [3, 5]) {
      await killAfter(
        ["pt", "--resume-from-checkpoint", "last", "--output-dir", killed],
        killed,
        checkpoints,
        random.integer(120),
      );
      expect((await readdir(killed)).filter((name) => name.startsWith("checkpoint-")).length).toBeGreaterThan(0);
    }
    const finished = runCli(["pt", "--resume-from-checkpoint", "last", "--output-dir", killed]);
    expect(finished.stderr).toContain("finished");
    expect(finished.status).toBe(0);
    expect(await checkpointBytes(killed, 24)).toEqual(await checkpointBytes(through, 24));
    const steps = (await readFile(join(killed, "metrics.jsonl"), "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { readonly step: number; readonly loss?: number })
      .filter(({ loss }) => loss !== undefined)
      .map(({ step }) => step);
    expect(steps).toEqual([1, 5, 10, 15, 20, 24]);
    expect((await readdir(killed)).filter((name) => name.includes(".tmp-"))).toEqual([]);
  });
});

describe("an interrupted run", () => {
  it("finishes its step, saves, and says how to go on", async () => {
    const output = join(folder, "interrupted");
    const child = startCli(training("lora", [], output));
    let stderr = "";
    child.stderr?.on("data", (text: Buffer) => (stderr += text.toString()));
    while (!stderr.includes("step 1/24")) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGINT");
    const [status] = (await once(child, "exit")) as [number];
    expect(status).toBe(130);
    expect(stderr).toContain("resume-from-checkpoint");
    expect((await listCheckpoints(output)).length).toBeGreaterThan(0);
  });

  it("refuses to continue on other data", async () => {
    const output = join(folder, "interrupted");
    const other = runCli(["pt", "--resume-from-checkpoint", "last", "--output-dir", output, "--seed", "7"]);
    expect(other.status).not.toBe(0);
    expect(other.stderr).toContain("E_TRAIN_CHECKPOINT");
  });
});
