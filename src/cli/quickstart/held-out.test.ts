import { join } from "node:path";
import { expect, test } from "vitest";
import { loadModel } from "../../models/index.ts";
import { createNodeRuntime } from "../../runtime/node.ts";
import { assetsFolder } from "../run.ts";
import { heldOutLoss, tokenLoss } from "./held-out.ts";

test("loss of one token", () => {
  expect(tokenLoss(Float32Array.of(0, 0, 0, 0), 2)).toBeCloseTo(Math.log(4), 12);
  expect(tokenLoss(Float32Array.of(1000, 0), 0)).toBe(0);
  expect(tokenLoss(Float32Array.of(1000, 0), 1)).toBe(1000);
});

test("the story model is at home with stories, not with fables", async () => {
  const model = await loadModel(join(assetsFolder(), "stories260k"));
  const loss = await heldOutLoss(createNodeRuntime(), model, join(assetsFolder(), "fables/held-out.jsonl"), 64);
  expect(loss).toBeGreaterThan(2);
  expect(loss).toBeLessThan(4);
});
