/** One training benchmark in a process of its own: `train-child MODEL_DIR full|lora STEPS THREADS` -> one JSON line. */
import { randomAt } from "../src/base/random.ts";
import { countParameters } from "../src/models/describe.ts";
import { loadModel } from "../src/models/load.ts";
import { adamw, courseOf, oneGroup } from "../src/optim/index.ts";
import { objectSource } from "../src/recipes/entries.ts";
import { parseRecipe } from "../src/recipes/parse.ts";
import { sftRecipe } from "../src/recipes/sft.ts";
import { createNodeRuntime } from "../src/runtime/node.ts";
import { planBatches } from "../src/train/batches.ts";
import { createHostStep } from "../src/train/host-step.ts";
import { trainLoop, startOfRun } from "../src/train/loop.ts";
import { lossGraphs } from "../src/train/loss-graphs.ts";
import { nextToken } from "../src/train/objective.ts";
import { openTuner } from "../src/train/tuner.ts";
import { joinEvents } from "../src/train/events.ts";
import { stepFlops } from "./flops.ts";

const [dir = "", mode = "full", stepsText = "20", threadsText = "2"] = process.argv.slice(2);
const [batch, time] = [4, 256];
const totalSteps = Number(stepsText);
const args = parseRecipe(sftRecipe, [
  objectSource(
    {
      model: dir,
      dataset: ["none"],
      tuner_type: mode,
      ...(mode === "lora" ? { lora_dropout: 0 } : {}),
      per_device_train_batch_size: batch,
    },
    "bench",
  ),
]);

const model = await loadModel(dir);
const trained = openTuner(model, args);
const graphs = lossGraphs({ model: trained.model, tuning: trained.tuning, objective: nextToken(), packed: false });
const step = await createHostStep({
  specs: trained.tuning.specs,
  initial: await trained.initial(),
  loss: graphs.training,
  groups: oneGroup(adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8 }), 0.1),
  accumulates: false,
  runtime: createNodeRuntime({ threads: Number(threadsText) }),
  compile: await trained.compile(),
});
const samples = Array.from({ length: batch * 8 }, (_, i) => {
  const random = randomAt("bench-tokens", i);
  const ids = Int32Array.from({ length: time }, () => random.integer(model.config.vocabSize));
  return { ids, labels: ids, weights: undefined, origin: `sample ${i}` };
});
const plan = await planBatches(samples, {
  batchSize: batch,
  accumulation: 1,
  seed: 1,
  shuffle: true,
  padId: 0,
  packTo: undefined,
  dropout: false,
  epochs: 1,
  maxSteps: totalSteps,
});

const ends: number[] = [];
const loopStart = performance.now();
const events = joinEvents({ onStep: () => ends.push(performance.now()) });
await trainLoop(step, startOfRun, {
  totalSteps,
  stepsPerEpoch: plan.stepsPerEpoch,
  learningRate: 1e-4,
  schedule: courseOf("cosine", { num_cycles: 0.5 }, { warmupSteps: 2, totalSteps, learningRate: 1e-4 }),
  maxGradNorm: 1,
  batchesOf: plan.batchesOf,
  saveEvery: totalSteps + 1,
  measures: () => ({}),
  save: () => Promise.resolve(),
  events,
});
const durations = ends.map((end, i) => end - (ends[i - 1] ?? loopStart)).slice(Math.min(3, totalSteps - 1));
durations.sort((a, b) => a - b);
const medianSeconds = (durations[durations.length >> 1] as number) / 1000;
const adapterParameters = countParameters(trained.added);
const flops = stepFlops(model.model, { batch, time, adapterParameters, full: mode === "full" });
process.stdout.write(
  `${JSON.stringify({
    mode,
    median_step_seconds: medianSeconds,
    tokens_per_second: (batch * time) / medianSeconds,
    gflops: flops / medianSeconds / 1e9,
    // Since the process was started, module loading included.
    start_to_first_step_seconds: (ends[0] as number) / 1000,
    peak_rss_mb: process.resourceUsage().maxRSS / 1024,
  })}\n`,
);
