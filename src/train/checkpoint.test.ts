import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { readPointer } from "../formats/atomic.ts";
import {
  findCheckpoint,
  readTrainerState,
  readTrainState,
  saveCheckpoint,
  startRunFolder,
  type CheckpointOptions,
} from "./checkpoint.ts";
import { startOfRun, type LoopState } from "./loop.ts";
import type { TrainStep } from "./train-step.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "checkpoint-"));
});
afterAll(() => rm(folder, { recursive: true }));

const specs = [{ name: "w", shape: [2, 2] }];
const state = {
  parameters: new Map([["w", Float32Array.of(1, 2, 3, 4)]]),
  slots: new Map([["exp_avg/w", Float32Array.of(5, 6, 7, 8)]]),
};
const step = { specs, readState: async () => state } as unknown as TrainStep;

function options(outputDir: string, more: Partial<CheckpointOptions> = {}): CheckpointOptions {
  return {
    outputDir,
    step,
    writeModel: (dir) => writeFile(join(dir, "model.txt"), "the model"),
    exact: true,
    args: { model: "m" },
    dataFingerprint: "abc",
    totalSteps: 10,
    stepsPerEpoch: 5,
    history: () => [{ step: 1, loss: 2 }],
    ...more,
  };
}

const at = (number: number, best?: number): LoopState => ({
  ...startOfRun,
  step: number,
  bestStep: best,
  bestLoss: best,
});

describe("the state of a sampler", () => {
  it("comes back digit for digit, and is absent where there is none", async () => {
    const output = join(folder, "sampler");
    const samplerState = { probabilities: [0.1 + 0.2, 1 / 3], drawn: [4, 5] };
    await saveCheckpoint(at(1), { best: false }, options(output, { samplerState: () => samplerState }));
    await saveCheckpoint(at(2), { best: false }, options(output));
    const [first, second] = await Promise.all(
      [1, 2].map((number) => readTrainerState(join(output, `checkpoint-${number}`))),
    );
    expect([first?.samplerState, second?.samplerState]).toEqual([samplerState, undefined]);
  });
});

describe("saveCheckpoint", () => {
  it("keeps as many as asked for, and always the best and the last", async () => {
    const output = join(folder, "limit");
    for (const [number, best] of [
      [1, false],
      [2, true],
      [3, false],
      [4, false],
      [5, false],
    ] as const) {
      await saveCheckpoint(at(number, 2), { best }, options(output, { totalLimit: 2 }));
    }
    expect((await readdir(output)).filter((name) => name.startsWith("checkpoint-"))).toEqual([
      "checkpoint-2",
      "checkpoint-5",
    ]);
    expect(await readPointer(join(output, "last"))).toBe("checkpoint-5");
    expect(await readPointer(join(output, "best"))).toBe("checkpoint-2");
  });

  it("gives back what it wrote", async () => {
    const output = join(folder, "back");
    await saveCheckpoint({ ...at(3, 2), lossSum: 7.5 }, { best: false }, options(output));
    const dir = await findCheckpoint("last", output);
    expect(basename(dir)).toBe("checkpoint-3");
    expect(await readTrainerState(dir)).toMatchObject({
      loop: { step: 3, bestStep: 2, bestLoss: 2, lossSum: 7.5 },
      dataFingerprint: "abc",
      history: [{ step: 1, loss: 2 }],
    });
    expect(await readTrainState(dir, step, state.parameters)).toEqual(state);
    expect(JSON.parse(await readFile(join(dir, "args.json"), "utf8"))).toEqual({ model: "m" });
  });

  it("holds the parameters in float32 beside a model that is stored narrower", async () => {
    const output = join(folder, "narrow");
    await saveCheckpoint(at(1), { best: false }, options(output, { exact: false }));
    expect(await readTrainState(join(output, "checkpoint-1"), step, new Map())).toEqual(state);
  });

  it("leaves the checkpoint before it whole when the model cannot be written", async () => {
    const output = join(folder, "crash");
    await saveCheckpoint(at(1), { best: false }, options(output));
    const failing = options(output, { writeModel: () => Promise.reject(new Error("no power")) });
    await expect(saveCheckpoint(at(2), { best: false }, failing)).rejects.toThrow("no power");
    expect((await readdir(output)).toSorted()).toEqual(["checkpoint-1", "last"]);
    expect(await readPointer(join(output, "last"))).toBe("checkpoint-1");
  });
});

describe("resuming", () => {
  it("names what is missing or broken", async () => {
    const empty = join(folder, "empty");
    const code = (work: Promise<unknown>) => work.catch((error: unknown) => isTunesmithError(error) && error.code);
    expect(await code(findCheckpoint("last", empty))).toBe("E_TRAIN_CHECKPOINT");
    expect(await code(readTrainerState(join(folder, "nowhere")))).toBe("E_TRAIN_CHECKPOINT");
    await writeFile(join(folder, "trainer_state.json"), '{"global_step": "three"}');
    expect(await code(readTrainerState(folder))).toBe("E_TRAIN_CHECKPOINT");
  });
});

describe("startRunFolder", () => {
  it("refuses an earlier run, or deletes it and nothing else", async () => {
    const output = join(folder, "again");
    await saveCheckpoint(at(1), { best: true }, options(output));
    await writeFile(join(output, "notes.txt"), "mine");
    await expect(startRunFolder(output, { overwrite: false })).rejects.toThrow("E_TRAIN_OUTPUT");
    await startRunFolder(output, { overwrite: true });
    expect(await readdir(output)).toEqual(["notes.txt"]);
  });
});
