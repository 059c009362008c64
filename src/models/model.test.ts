import { describe as suite, expect, it } from "vitest";
import { floats, intRows, largestDifference, modelValues, valueFeeds } from "../../test/support/tiny-model.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import { defineProgram, input, matmul } from "../tensor/index.ts";
import { createAccess, trainableLeaf } from "./access.ts";
import { readModel } from "./config.ts";
import { describe } from "./describe.ts";
import { finalHidden, finishLogits, headLogits, headProduct, type Model } from "./model.ts";
import { causalPass } from "./pass.ts";

const runtime = createNodeRuntime({ threads: 1 });
const phi = readModel(
  {
    model_type: "phi",
    architectures: ["PhiForCausalLM"],
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 1,
    num_attention_heads: 4,
    vocab_size: 20,
  },
  "tiny config",
);

async function bothLogits(model: Model): Promise<readonly [Float32Array, Float32Array]> {
  const tokens = (name: string) => input(name, "int32", ["batch", "time"]);
  const inputs = { inputIds: tokens("ids"), positions: tokens("positions") };
  const access = createAccess(trainableLeaf, causalPass(inputs));
  const last = finalHidden(model, access, inputs);
  const { hidden, matrix } = headProduct(model, access, last);
  const session = await runtime.compile(
    defineProgram({
      logits: headLogits(model, access, last),
      product: finishLogits(model.head, matmul(hidden, matrix, { transB: true })),
    }),
  );
  const outputs = await session.run({
    ...valueFeeds(describe(model).specs, modelValues(model)),
    ids: intRows([[3, 7, 1]]),
    positions: intRows([[0, 1, 2]]),
  });
  await session.release();
  return [floats(outputs["logits"]), floats(outputs["product"])];
}

suite("headProduct", () => {
  it.each([
    ["a head with a bias", phi],
    ["a head of rows of length one", { ...phi, head: { ...phi.head, normalized: true } }],
  ])("multiplies to the logits of %s", async (_, model) => {
    const [logits, product] = await bothLogits(model);
    expect(largestDifference(logits, product)).toBeLessThan(1e-5);
    const without = { ...model.head, module: { ...model.head.module, bias: undefined }, normalized: false };
    const [others] = await bothLogits({ ...model, head: without });
    expect(largestDifference(logits, others)).toBeGreaterThan(1e-2);
  });
});
