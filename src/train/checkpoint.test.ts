import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { readPointer } from "../formats/atomic.ts";
import type { TrainingArgs } from "../recipes/sft.ts";
import { checkSettings } from "./check-resume.ts";
import { readTrainerState, readTrainState, saveCheckpoint, type CheckpointOptions } from "./checkpoint.ts";
import { startOfRun, type LoopState } from "./loop.ts";
import { findCheckpoint } from "./run-folder.ts";
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
const keeping = (names: readonly string[], of: TrainStep["specs"] = specs): TrainStep["slotsAfter"] => {
  const slots = of.flatMap(({ name: parameter, shape }) =>
    names.map((name) => ({ key: `${name}/${parameter}`, parameter, slot: { name, shape } })),
  );
  return () => new Map(slots.map((slot) => [slot.key, slot]));
};
const step = { specs, slotsAfter: keeping(["exp_avg"]), readState: async () => state } as unknown as TrainStep;

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
    const dir = (await findCheckpoint("last", output)) ?? "none";
    expect(basename(dir)).toBe("checkpoint-3");
    expect(await readTrainerState(dir)).toMatchObject({
      loop: { step: 3, bestStep: 2, bestLoss: 2, lossSum: 7.5 },
      dataFingerprint: "abc",
      history: [{ step: 1, loss: 2 }],
    });
    expect(await readTrainState({ dir, at: 3 }, step, state.parameters)).toEqual(state);
    expect(JSON.parse(await readFile(join(dir, "args.json"), "utf8"))).toEqual({ model: "m" });
  });

  it("holds the parameters in float32 beside a model that is stored narrower", async () => {
    const output = join(folder, "narrow");
    await saveCheckpoint(at(1), { best: false }, options(output, { exact: false }));
    expect(await readTrainState({ dir: join(output, "checkpoint-1"), at: 1 }, step, new Map())).toEqual(state);
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

describe("numbers that are not finite", () => {
  it.each([
    ["a parameter", { ...state, parameters: new Map([["w", Float32Array.of(1, Number.NaN, 3, 4)]]) }],
    ["a slot", { ...state, slots: new Map([["exp_avg/w", Float32Array.of(5, Infinity, 7, 8)]]) }],
  ])("are never saved: %s", async (what, bad) => {
    const output = join(folder, `not-finite ${what}`);
    await saveCheckpoint(at(1), { best: false }, options(output));
    const broken = { ...step, readState: async () => bad } as unknown as TrainStep;
    const failing = saveCheckpoint(at(2), { best: false }, options(output, { step: broken }));
    await expect(failing).rejects.toThrow("E_TRAIN_NOT_FINITE: step 2");
    expect((await readdir(output)).toSorted()).toEqual(["checkpoint-1", "last"]);
  });
});

describe("a checkpoint of another run", () => {
  const read = async (specs: TrainStep["specs"], parameters = state.parameters): Promise<unknown> => {
    const output = join(folder, "another");
    await saveCheckpoint(at(1), { best: false }, options(output));
    return readTrainState(
      { dir: join(output, "checkpoint-1"), at: 1 },
      { ...step, specs, slotsAfter: keeping(["exp_avg"], specs) } as TrainStep,
      parameters,
    );
  };

  it.each([
    ["another shape", [{ name: "w", shape: [4, 4] }], "has the shape [2, 2], this run wants [4, 4]"],
    ["fewer parameters", [], '"exp_avg/w", which this run does not train'],
    ["more parameters", [...specs, { name: "v", shape: [1] }], 'the parameter "v" is missing'],
  ])("is refused: %s", async (_what, other, message) => {
    await expect(read(other)).rejects.toThrow(message);
  });

  it("is refused when the model's own file has other numbers or a slot is missing", async () => {
    await expect(read(specs, new Map([["w", Float32Array.of(1, 2)]]))).rejects.toThrow(
      "has 2 numbers, this run wants 4",
    );
    await expect(read(specs, new Map([["w", new Float32Array(4).fill(Number.NaN)]]))).rejects.toThrow(
      "all of them finite",
    );
    const more = [...specs, { name: "v", shape: [1] }];
    await expect(read(more, new Map([...state.parameters, ["v", Float32Array.of(1)]]))).rejects.toThrow(
      '"exp_avg/v" is missing',
    );
  });

  it.each([1.5, -1, 1e18])("is refused when it counts %d steps", async (steps) => {
    const output = join(folder, `steps ${steps}`);
    await saveCheckpoint(at(1), { best: false }, options(output));
    const path = join(output, "checkpoint-1", "trainer_state.json");
    await writeFile(path, (await readFile(path, "utf8")).replace('"global_step": 1', `"global_step": ${steps}`));
    await expect(readTrainerState(join(output, "checkpoint-1"))).rejects.toThrow("E_TRAIN_CHECKPOINT");
  });
});

describe("a checkpoint that somebody changed", () => {
  it.each([
    ["no slots", [], '"exp_avg/w" is missing'],
    ["slots of another optimizer", ["exp_avg", "momentum_buffer"], '"momentum_buffer/w" is missing'],
    ["slots nobody keeps", ["none"], 'it holds "exp_avg/w"'],
  ])("is refused by the names of its slots: %s", async (what, slotKinds, message) => {
    const output = join(folder, `slots ${what}`);
    const slots = what === "no slots" ? new Map<string, Float32Array>() : state.slots;
    const saved = { ...step, readState: async () => ({ ...state, slots }) };
    await saveCheckpoint(at(1), { best: false }, options(output, { step: saved, exact: false }));
    const kinds = keeping(slotKinds.length === 0 ? ["exp_avg"] : slotKinds);
    const reading = readTrainState(
      { dir: join(output, "checkpoint-1"), at: 1 },
      { ...step, slotsAfter: kinds },
      new Map(),
    );
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow("E_TRAIN_CHECKPOINT");
  });

  it.each([
    ["[]", "it holds no object"],
    [{ max_steps: "ten" }, '"max_steps" is "ten"'],
    [{ max_steps: -3 }, '"max_steps" is -3'],
    [{ log_history: 5 }, '"log_history" is no list'],
    [{ log_history: [null] }, '"log_history"[0]'],
    [{ log_history: [{ loss: 1 }, { loss: "low" }] }, '"log_history"[1]'],
  ])("is refused by what trainer_state.json says: %j", async (change, message) => {
    const output = await mkdtemp(join(folder, "state-"));
    await saveCheckpoint(at(1), { best: false }, options(output));
    const path = join(output, "checkpoint-1", "trainer_state.json");
    const json = JSON.parse(await readFile(path, "utf8")) as object;
    await writeFile(path, typeof change === "string" ? change : JSON.stringify({ ...json, ...change }));
    const reading = readTrainerState(join(output, "checkpoint-1"));
    await expect(reading).rejects.toThrow("E_TRAIN_CHECKPOINT");
    await expect(reading).rejects.toThrow(message);
  });
});

describe("checkSettings", () => {
  const saved = {
    tuner_type: "lora",
    optim: "adamw",
    lora_rank: 8,
    lora_alpha: 32,
    use_rslora: false,
    target_modules: ["all-linear"],
    learning_rate: 0.01,
    weight_decay: 0.1,
    lr_scheduler_type: "cosine",
  };
  const check = async (given: object, now = 10): Promise<readonly string[]> => {
    const dir = await mkdtemp(join(folder, "settings-"));
    await writeFile(join(dir, "args.json"), JSON.stringify(saved));
    const args = { ...saved, ...given } as unknown as TrainingArgs;
    return checkSettings(dir, args, { saved: 10, now });
  };

  it.each([
    [{ lora_rank: 16 }, "the checkpoint has lora_rank 8, --lora-rank is 16"],
    [{ target_modules: ["q_proj"] }, '--target-modules is ["q_proj"]'],
    [{ target_regex: "q" }, "the checkpoint has target_regex not set"],
    [{ tuner_type: "full" }, '--tuner-type is "full"'],
    [{ optim: "sgd" }, '--optim is "sgd"'],
    [{ adapters: ["/a"] }, 'began with adapters [], --adapters is ["/a"]'],
    [{ use_rslora: true, lora_alpha: 64 }, "--lora-alpha is 64; the checkpoint has use_rslora false"],
  ])("refuses %j", async (given, message) => {
    await expect(check(given)).rejects.toThrow(message);
  });

  it("says which settings of a step are others from here on", async () => {
    expect(await check({ learning_rate: 1e-3, weight_decay: 0 })).toEqual([
      "From here on the run goes on with other settings than before: learning_rate 0.001, it was 0.01; weight_decay 0, it was 0.1.",
    ]);
  });

  it("says when another length bends the schedule", async () => {
    expect(await check({})).toEqual([]);
    expect(await check({}, 20)).toEqual([expect.stringContaining("planned for 10 steps and is now 20")]);
    expect(await check({ lr_scheduler_type: "constant" }, 20)).toEqual([expect.stringContaining('"constant"')]);
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
