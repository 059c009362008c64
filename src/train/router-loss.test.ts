import { expect, it } from "vitest";
import { floats, intRows, modelValues, tinyModel, valueFeeds } from "../../test/support/tiny-model.ts";
import { createAccess, trainableLeaf } from "../models/access.ts";
import { describe } from "../models/describe.ts";
import { routerLoss } from "../models/layers/router-loss.ts";
import { finalHidden, type RouterFacts } from "../models/model.ts";
import { causalPass } from "../models/pass.ts";
import { fullTuner } from "../models/tuners/full.ts";
import type { TunerSettings } from "../models/tuners/tuner.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import { cast, defineProgram, greater } from "../tensor/index.ts";
import { lossGraphs } from "./loss-graphs.ts";
import { batchLeaf, nextToken } from "./objective.ts";

const runtime = createNodeRuntime({ threads: 1 });
const mixture = tinyModel({
  model_type: "mixtral",
  architectures: ["MixtralForCausalLM"],
  num_local_experts: 4,
  num_experts_per_tok: 2,
});

function graphsOf(model: typeof mixture, coefficient: number) {
  const tuning = fullTuner.create(model, { freeze_parameters_ratio: 0 } as TunerSettings);
  return lossGraphs({ model, tuning, objective: nextToken(), packed: false, routerLoss: coefficient });
}

it("adds the load-balancing loss in training, by the share of the step that a batch holds", async () => {
  const { specs } = describe(mixture);
  const leaves = new Map(specs.map((spec) => [spec.name, trainableLeaf(spec)]));
  const { training, evaluation } = graphsOf(mixture, 0.5);
  const inputs = { inputIds: batchLeaf("input_ids"), positions: batchLeaf("positions") };
  const routers = routerLoss(mixture.router as RouterFacts);
  const pass = causalPass({ ...inputs, segments: batchLeaf("segments") });
  finalHidden(mixture, routers.intercept(createAccess(trainableLeaf, pass)), inputs);
  const session = await runtime.compile(
    defineProgram({
      training: training(leaves).loss,
      evaluation: evaluation(leaves).loss,
      balance: routers.loss(cast(greater(batchLeaf("segments"), 0), "float32")),
    }),
  );
  const outputs = await session.run({
    ...valueFeeds(specs, modelValues(mixture)),
    input_ids: intRows([
      [3, 7, 1, 9],
      [4, 5, 0, 0],
    ]),
    positions: intRows([
      [0, 1, 2, 3],
      [0, 1, 0, 1],
    ]),
    segments: intRows([
      [1, 1, 1, 1],
      [1, 1, 0, 0],
    ]),
    loss_rows: { dtype: "int32", shape: [3], data: Int32Array.of(0, 1, 4) },
    labels: { dtype: "int32", shape: [3], data: Int32Array.of(7, 1, 5) },
    loss_weights: { dtype: "float32", shape: [3], data: Float32Array.of(1, 1, 1) },
    // Three of the step's six trained tokens.
    loss_scale: { dtype: "float32", shape: [], data: Float32Array.of(1 / 6) },
  });
  await session.release();
  const [all, plain, balance] = ["training", "evaluation", "balance"].map((name) => floats(outputs[name])[0] as number);
  expect(balance).toBeGreaterThan(1);
  expect((all as number) - (plain as number)).toBeCloseTo(0.5 * 0.5 * (balance as number), 5);
});

it("is refused for a model without experts", () => {
  expect(() => graphsOf(tinyModel(), 0.1)).toThrow("no experts to balance");
});
