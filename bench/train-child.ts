/** One training benchmark in a process of its own: `train-child MODEL_DIR full|lora STEPS THREADS` -> one JSON line. */
import { randomAt } from "../src/base/random.ts";
import { loadModel } from "../src/models/load.ts";
import { optimizers } from "../src/optim/index.ts";
import { objectSource } from "../src/recipes/entries.ts";
import { parseRecipe } from "../src/recipes/parse.ts";
import { sftRecipe } from "../src/recipes/sft.ts";
import { createNodeRuntime } from "../src/runtime/node.ts";
import { planBatches } from "../src/train/batches.ts";
import { createHostStep } from "../src/train/host-step.ts";
import { trainLoop, startOfRun } from "../src/train/loop.ts";
import { decoderLossGraphs } from "../src/train/loss-graphs.ts";
import { createTuner } from "../src/train/tuner.ts";
import { joinEvents } from "../src/train/events.ts";
import { stepFlops } from "./flops.ts";

const [dir = "", mode = "full", stepsText = "20", threadsText = "2"] = process.argv.slice(2);
const [batch, time] = [4, 256];
const totalSteps = Number(stepsText);
const args = parseRecipe(sftRecipe, [
  objectSource(
    { model: dir, dataset: ["none"], tuner_type: mode, lora_dropout: 0, per_device_train_batch_size: batch },
    "bench",
  ),
]);

const model = await loadModel(dir);
const tuner = createTuner(model, args);
const graphs = decoderLossGraphs({ config: model.config, lora: tuner.lora, packed: false });
const step = await createHostStep({
  specs: tuner.specs,
  initial: await tuner.initial(),
  loss: graphs.training,
  optimizer: optimizers.adamw({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8 }),
  weightDecay: 0.1,
  runtime: createNodeRuntime({ threads: Number(threadsText) }),
  compile: await tuner.compile(),
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
  schedule: "cosine",
  warmupSteps: 2,
  maxGradNorm: 1,
  batchesOf: plan.batchesOf,
  saveEvery: totalSteps + 1,
  save: () => Promise.resolve(),
  events,
});
const durations = ends.map((end, i) => end - (ends[i - 1] ?? loopStart)).slice(Math.min(3, totalSteps - 1));
durations.sort((a, b) => a - b);
const medianSeconds = (durations[durations.length >> 1] as number) / 1000;
const adapterParameters =
  tuner.lora === undefined ? 0 : tuner.specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
const flops = stepFlops(model.config, { batch, time, adapterParameters, full: mode === "full" });
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
