import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { runInProcess } from "../../../test/support/in-process.ts";
import { startMlflowServer, type MlflowServer } from "../../../test/support/mlflow-server.ts";
import { stories, withFolder } from "../../../test/support/tiny-checkpoint.ts";

let server: MlflowServer;
beforeAll(async () => {
  server = await startMlflowServer();
});
afterAll(() => server.close());
afterEach(() => vi.unstubAllEnvs());

const train = (output: string, ...more: readonly string[]) =>
  runInProcess([
    "pt",
    "--model",
    stories,
    "--dataset",
    join(stories, "../fables/train.jsonl"),
    ...`--max-length 64 --truncation-strategy right --split-dataset-ratio 0.05 --logging-steps 1`.split(" "),
    ..."--per-device-train-batch-size 2 --gradient-accumulation-steps 1 --threads 1 --report-to mlflow".split(" "),
    "--output-dir",
    output,
    ...more,
  ]);

test("a run is a run of MLflow: settings, numbers, end; resumed, it goes on in the same", () =>
  withFolder(async (folder) => {
    vi.stubEnv("MLFLOW_TRACKING_URI", `${server.url}/`);
    vi.stubEnv("MLFLOW_EXPERIMENT_NAME", "fables & more");
    vi.stubEnv("MLFLOW_TRACKING_TOKEN", "secret");
    const output = join(folder, "demo");
    expect(await train(output, "--max-steps", "3")).toMatchObject({ status: 0 });
    expect(server.headers.authorization).toBe("Bearer secret");
    expect(server.runs.size).toBe(1);
    const run = server.runs.get("run0");
    expect(run).toMatchObject({
      name: "demo",
      status: "FINISHED",
      experiment: server.experiments.get("fables & more"),
    });
    expect(run?.params.get("lora_rank")).toBe("8");
    const losses = (): readonly number[] =>
      run?.metrics.filter(({ key }) => key === "train/loss").map(({ step }) => step) ?? [];
    expect(losses()).toEqual([1, 2, 3]);
    expect(run?.metrics.some(({ key, step }) => key === "eval/loss" && step === 3)).toBe(true);

    // The server is away for a moment: nothing is lost.
    server.failing = 1;
    const resumed = await train(output, "--resume-from-checkpoint", "last", "--max-steps", "5");
    expect(resumed).toMatchObject({ status: 0 });
    expect(resumed.err).toContain("MLflow does not take the numbers");
    expect(server.runs.size).toBe(1);
    expect(losses()).toEqual([1, 2, 3, 4, 5]);
  }));

test("no server: refused before anything is trained", () =>
  withFolder(async (folder) => {
    const words = join(folder, "demo");
    vi.stubEnv("MLFLOW_TRACKING_URI", "");
    expect((await train(words)).err).toContain(
      "E_TRACKER: MLFLOW_TRACKING_URI: the address of the MLflow server is not set",
    );
    vi.stubEnv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9");
    const { status, err } = await train(words);
    expect(status).toBe(1);
    expect(err).toContain("E_TRACKER: http://127.0.0.1:9: MLflow cannot be used");
  }));
