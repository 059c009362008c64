import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isTunesmithError } from "../base/errors.ts";
import { openMetrics } from "./metrics.ts";

it("tells once that a log cannot be written, and throws nothing", async () => {
  const outputDir = await mkdtemp(join(tmpdir(), "metrics-"));
  let told = 0;
  const metrics = await openMetrics({
    outputDir,
    tensorboard: false,
    loggingSteps: 1,
    loggingFirstStep: true,
    history: [],
    startStep: 0,
    onFailure: () => told++,
  });
  await rm(outputDir, { recursive: true });
  for (const step of [1, 2]) {
    metrics.events.onEval?.({ step, loss: 1, measures: {}, tokens: 1, best: true, groups: new Map() });
  }
  await metrics.close();
  expect(told).toBe(1);
  const failure = metrics.failure();
  expect(isTunesmithError(failure) ? failure.code : failure).toBe("E_FILE_WRITE");
  expect(metrics.history()).toHaveLength(2);
});
