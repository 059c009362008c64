import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stories, withFolder, writeTinyModel } from "../../test/support/tiny-checkpoint.ts";
import { describe as describeModel } from "./describe.ts";
import { loadModel } from "./load.ts";
import { loraTuning } from "./tuners/lora.ts";
import { noteUntrainedStops } from "./untrained-stops.ts";

describe("stop tokens whose row of the head was never trained", () => {
  it("are found in a real model, and those that were are not", async () => {
    // 1 begins every text that this model was trained on, and 2 never followed one.
    const model = await loadModel(stories);
    const [note, ...more] = await noteUntrainedStops(model, [], [1, 2]);
    expect(more).toEqual([]);
    expect(note).toMatch(/stop token "<\/s>|stop token .* \(2\) equals that of/);
    expect(note).toContain("--modules-to-save lm_head");
  });

  it("are no matter where the head is trained", async () => {
    const model = await loadModel(stories);
    const whole = describeModel(model.model).specs;
    const specsOf = (targetModules: readonly string[], modulesToSave: readonly string[] = []) =>
      loraTuning(model.model, { rank: 4, alpha: 8, targetModules, modulesToSave }).specs;
    const head = specsOf(["lm_head"]);
    const saved = specsOf(["q_proj"], ["lm_head"]);
    const beside = specsOf(["q_proj"]);
    const notes = await Promise.all([whole, head, saved, beside].map((specs) => noteUntrainedStops(model, specs, [2])));
    expect(notes.map(({ length }) => length)).toEqual([0, 0, 0, 1]);
  });

  it("are none in a model of random rows, nor ids outside of it", async () => {
    await withFolder(async (folder) => {
      const { dir } = await writeTinyModel(join(folder, "model"), { dtype: "bfloat16" });
      expect(await noteUntrainedStops(await loadModel(dir), [], [1, 2, 9999])).toEqual([]);
    });
  });
});
