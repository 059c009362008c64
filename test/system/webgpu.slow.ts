/**
 * Training and generation on WebGPU in Node give the numbers of the CPU. Without a GPU it runs on SwiftShader, the
 * software driver in Debian's chromium package (with libvulkan1); where neither is there, it is left out.
 */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assets, buildCli, runCli } from "../support/cli.ts";

const swiftShader = "/usr/lib/chromium/vk_swiftshader_icd.json";
if (process.env["VK_DRIVER_FILES"] === undefined && existsSync(swiftShader))
  process.env["VK_DRIVER_FILES"] = swiftShader;

let folder = "";
let adapter = false;
beforeAll(async () => {
  buildCli();
  folder = await mkdtemp(join(tmpdir(), "webgpu-"));
  const report = JSON.parse(runCli(["doctor", "--json"]).stdout) as {
    readonly checks: readonly { readonly name: string; readonly status: string }[];
  };
  adapter = report.checks.some(({ name, status }) => name === "webgpu" && status === "ok");
});
afterAll(() => rm(folder, { recursive: true }));

interface Line {
  readonly step: number;
  readonly loss?: number;
  readonly grad_norm?: number;
  readonly eval_loss?: number;
}

async function metricsOn(device: string, tuner: string): Promise<readonly Line[]> {
  const output = join(folder, `${device}-${tuner}`);
  const settings =
    "--max-steps 3 --max-length 48 --truncation-strategy right --per-device-train-batch-size 2 --logging-steps 1 " +
    "--gradient-accumulation-steps 2 --learning-rate 3e-3 --per-device-eval-batch-size 4";
  const data = [
    "--dataset",
    join(assets, "fables/train.jsonl#40"),
    "--val-dataset",
    join(assets, "fables/held-out.jsonl#4"),
  ];
  const model = ["--model", join(assets, "stories260k"), "--tuner-type", tuner, "--device", device];
  const run = runCli(["pt", ...model, ...data, ...settings.split(" "), "--output-dir", output]);
  expect(run.status, run.stderr).toBe(0);
  const lines = (await readFile(join(output, "metrics.jsonl"), "utf8")).trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Line);
}

describe("WebGPU", () => {
  it.each(["lora", "full"])("trains as the CPU does: %s", async (tuner) => {
    if (!adapter) return console.info("left out: no WebGPU adapter here");
    const [cpu, gpu] = [await metricsOn("cpu", tuner), await metricsOn("webgpu", tuner)];
    expect(gpu.length).toBe(cpu.length);
    for (const [i, line] of cpu.entries()) {
      for (const key of ["loss", "grad_norm", "eval_loss"] as const) {
        const [want, got] = [line[key], gpu[i]?.[key]];
        if (want !== undefined) expect(Math.abs((got as number) - want)).toBeLessThan(1e-3 * want);
      }
    }
  });

  it("generates what the CPU generates", () => {
    if (!adapter) return console.info("left out: no WebGPU adapter here");
    const ask = (device: string): string => {
      const prompt = ["--prompt", "Once upon a time", "--use-chat-template", "false", "--temperature", "0"];
      return runCli([
        "infer",
        "--model",
        join(assets, "stories260k"),
        ...prompt,
        "--max-new-tokens",
        "24",
        "--device",
        device,
      ]).stdout;
    };
    expect(ask("cpu").length).toBeGreaterThan(20);
    expect(ask("webgpu")).toBe(ask("cpu"));
  });
});
