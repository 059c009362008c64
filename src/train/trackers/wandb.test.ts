import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { withFolder } from "../../../test/support/tiny-checkpoint.ts";
import type { TrackerStart } from "./tracker.ts";
import { openWandb } from "./wandb.ts";

afterEach(() => vi.unstubAllEnvs());

const start = (outputDir: string, more: Partial<TrackerStart> = {}): TrackerStart => ({
  outputDir,
  settings: { lora_rank: 8 },
  startStep: 0,
  onNote: () => undefined,
  environment: { WANDB_PROJECT: "demo" },
  ...more,
});

/** Steps of the records of numbers, in order, and of the summary at the end. */
const stepsIn = (bytes: Buffer): readonly string[] =>
  [...bytes.toString("latin1").matchAll(/_step[^]{3}(\d+)/g)].map(([, step]) => step as string);

test("a run is one folder, also when it is resumed; a step is one record", () =>
  withFolder(async (folder) => {
    const notes: string[] = [];
    const onNote = (text: string): void => void notes.push(text);
    const first = await openWandb(start(folder, { onNote }));
    first.log(1, { "train/loss": 3 });
    first.log(2, { "train/loss": 2 });
    first.log(2, { "eval/loss": 2.5 });
    first.log(3, { "train/loss": 1 });
    await first.end("interrupted");
    const [name = "", ...others] = await readdir(join(folder, "wandb"));
    expect(others).toEqual([]);
    expect(name).toMatch(/^offline-run-\d{8}_\d{6}-[0-9a-f]{8}$/);
    const file = join(folder, "wandb", name, `run-${name.slice(-8)}.wandb`);
    expect(stepsIn(await readFile(file))).toEqual(["1", "2", "3", "3"]);
    expect(notes).toEqual([`\`wandb sync ${join(folder, "wandb", name)}\` uploads the run to W&B.`]);

    // The checkpoint was that of step 2: what came after it is done again.
    await writeFile(`${file}.synced`, "");
    const lines = [
      { step: 1, loss: 3 },
      { step: 2, loss: 2 },
      { step: 2, eval_loss: 2.5 },
      { step: 3, loss: 1 },
    ];
    await writeFile(join(folder, "metrics.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const second = await openWandb(start(folder, { startStep: 2 }));
    second.log(3, { "train/loss": 0.9 });
    second.log(4, { "train/loss": 0.8 });
    await second.end("finished");
    expect(await readdir(join(folder, "wandb"))).toEqual([name]);
    expect(await readdir(join(folder, "wandb", name))).toEqual([`run-${name.slice(-8)}.wandb`]);
    expect(stepsIn(await readFile(file))).toEqual(["1", "2", "3", "4", "4"]);
  }));

test("WANDB_MODE=disabled writes nothing", () =>
  withFolder(async (folder) => {
    const tracker = await openWandb(start(folder, { environment: { WANDB_MODE: "disabled" } }));
    tracker.log(1, { "train/loss": 3 });
    await tracker.end("finished");
    expect(await readdir(folder)).toEqual([]);
  }));
