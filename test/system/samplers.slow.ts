/** Samplers through the command line: they draw what they say, and a killed run goes on with the same draws. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomAt } from "../../src/base/random.ts";
import { assets, buildCli, runCli } from "../support/cli.ts";
import { checkpointBytes, killAfter } from "../support/killed-run.ts";

let folder = "";
beforeAll(async () => {
  buildCli();
  folder = await mkdtemp(join(tmpdir(), "samplers-"));
  const lines = async (name: string): Promise<readonly string[]> =>
    (await readFile(join(assets, `fables/${name}.jsonl`), "utf8")).trim().split("\n");
  const scored = (list: readonly string[]): string =>
    list
      .map((line, i) => JSON.stringify({ ...(JSON.parse(line) as object), __dj__stats__: { perplexity: 100 - i } }))
      .join("\n");
  const [train, heldOut] = [await lines("train"), await lines("held-out")];
  await writeFile(join(folder, "long.jsonl"), scored(train.slice(0, 60)));
  await writeFile(join(folder, "short.jsonl"), scored(train.slice(60, 72)));
  await writeFile(join(folder, "long-eval.jsonl"), scored(heldOut.slice(0, 5)));
  await writeFile(join(folder, "short-eval.jsonl"), scored(heldOut.slice(5, 10)));
});
afterAll(() => rm(folder, { recursive: true }));

const file = (name: string): string => join(folder, name);

const settings =
  "--max-length 128 --truncation-strategy right --per-device-train-batch-size 2 --gradient-accumulation-steps 2 " +
  "--learning-rate 1e-3 --save-steps 2 --eval-steps 4 --logging-steps 1 --allow untrained_stop " +
  "--use-chat-template false --loss-scale all";

function training(sampler: string, args: object, output: string, more: readonly string[] = []): readonly string[] {
  const data = ["--dataset", file("long.jsonl"), file("short.jsonl")];
  const evaluation = ["--val-dataset", file("long-eval.jsonl"), file("short-eval.jsonl")];
  const columns = ["--model", join(assets, "stories260k"), "--columns", '{"title": "query", "text": "response"}'];
  const drawn = ["--sampler", sampler, "--sampler-args", JSON.stringify(args), "--output-dir", output];
  return ["sft", ...columns, ...data, ...evaluation, ...settings.split(" "), ...drawn, ...more];
}

const metricsOf = async (output: string): Promise<readonly Readonly<Record<string, number>>[]> =>
  (await readFile(join(output, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, number>);

describe.each([
  ["mixture", { weights: [1, 1], max_repeats: 5 }, ["--max-steps", "16"]],
  ["rs2", { ratio: 0.25, stratify_by: "dataset" }, ["--num-train-epochs", "3.2"]],
  [
    "skill_it",
    {
      graph: [
        [1, 0.5],
        [0, 1],
      ],
      eta: 2,
      window: 2,
      relative_losses: true,
    },
    ["--max-steps", "16"],
  ],
  ["points", { ratio: 0.3 }, ["--num-train-epochs", "3"]],
])("%s", (name, args, length) => {
  it("killed again and again, ends as if it had not been", async () => {
    const [through, killed] = [file(`${name}-a`), file(`${name}-b`)];
    const whole = runCli(training(name, args, through, length));
    expect(whole.stderr).toContain("finished");
    const random = randomAt(Date.now());
    await killAfter(training(name, args, killed, length), killed, 1, random.integer(120));
    const again = ["sft", "--resume-from-checkpoint", "last", "--output-dir", killed];
    await killAfter(again, killed, 4, random.integer(120));
    expect(runCli(again).status).toBe(0);
    const steps = Math.max(...(await metricsOf(through)).map(({ step }) => step as number));
    expect(await checkpointBytes(killed, steps)).toEqual(await checkpointBytes(through, steps));
  });

  it("refuses to go on with other arguments", () => {
    const other = runCli(["sft", "--resume-from-checkpoint", "last", "--output-dir", file(`${name}-b`), "--seed", "9"]);
    expect(other.stderr).toContain("E_TRAIN_CHECKPOINT");
  });
});

describe("what runs write", () => {
  it("losses by dataset, and the shares that follow from them", async () => {
    const evaluations = (await metricsOf(file("skill_it-a"))).filter((entry) => "eval_loss" in entry);
    expect(evaluations.map(({ step }) => step)).toEqual([4, 8, 12, 16]);
    for (const entry of evaluations) {
      expect(entry["eval_loss/long-eval"]).toBeGreaterThan(0);
      expect(entry["eval_loss/short-eval"]).toBeGreaterThan(0);
      const shares = [entry["sampler_share/long"] as number, entry["sampler_share/short"] as number];
      expect((shares[0] as number) + (shares[1] as number)).toBeCloseTo(1, 12);
      expect(shares[0]).toBeGreaterThan(shares[1] as number);
    }
    const state = JSON.parse(await readFile(join(file("skill_it-a"), "checkpoint-16/trainer_state.json"), "utf8")) as {
      readonly sampler_state: { readonly evaluations: number; readonly recent: readonly number[][] };
    };
    expect(state.sampler_state.evaluations).toBe(4);
    expect(state.sampler_state.recent).toEqual(
      evaluations.slice(-2).map((entry) => [entry["eval_loss/long-eval"], entry["eval_loss/short-eval"]]),
    );
  });

  it("as many steps as a subset has, and no more", async () => {
    // A quarter of 60 and of 12 is 18 samples, 5 steps of 4; 3.2 rounds of them.
    expect((await metricsOf(file("rs2-a"))).at(-1)?.["step"]).toBe(16);
    // 30% of 72 scored rows, which data process gave a perplexity: 22 samples, 6 steps, 3 epochs.
    expect((await metricsOf(file("points-a"))).at(-1)?.["step"]).toBe(18);
  });

  it("what is wrong, before the model is loaded", () => {
    const wrong = runCli(training("mixture", { weight: [1] }, file("wrong"), ["--packing"]));
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain("did you mean weights?");
    expect(wrong.stderr).toContain("cannot be used with the sampler mixture");
  });

  it("chosen rows, as they were, with data select", async () => {
    const output = file("chosen.jsonl");
    const given = JSON.stringify({ ratio: 0.25 });
    const select = ["data", "select", file("long.jsonl"), "--sampler", "points", "--sampler-args", given];
    const { status, stdout } = runCli([...select, "--export-path", output]);
    expect([status, stdout]).toEqual([0, expect.stringContaining("15 of 60 rows chosen")]);
    const all = (await readFile(file("long.jsonl"), "utf8")).split("\n");
    // Perplexity was planted so that the last rows have the lowest.
    expect((await readFile(output, "utf8")).trim().split("\n")).toEqual(all.slice(-15));
  });

  it("and mixes by interleave_prob as well", () => {
    const more = "--interleave-prob 0.5 0.5 --stopping-strategy all_exhausted --num-train-epochs 0.2";
    const run = training("shuffle", {}, file("interleaved"), more.split(" "));
    const { status, stderr } = runCli(run);
    expect(status).toBe(0);
    expect(Number(/(\d+) samples/.exec(stderr)?.[1])).toBeGreaterThan(100);
  });
});
