import { expect, it } from "vitest";
import { readModel } from "../config.ts";
import { describe } from "../describe.ts";
import { fullTuner } from "./full.ts";
import type { TunerSettings } from "./tuner.ts";

it("leaves out what steers the choice of experts alone, which is stored and not trained", () => {
  const model = readModel(
    {
      model_type: "glm4_moe",
      architectures: ["Glm4MoeForCausalLM"],
      hidden_size: 16,
      intermediate_size: 24,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      num_key_value_heads: 2,
      vocab_size: 20,
      n_routed_experts: 4,
      num_experts_per_tok: 2,
      moe_intermediate_size: 8,
    },
    "config.json",
  );
  const all = describe(model).specs.map(({ name }) => name);
  const trained = new Set(fullTuner.create(model, {} as TunerSettings).specs.map(({ name }) => name));
  expect(all.filter((name) => !trained.has(name))).toEqual(["model.layers.1.mlp.gate.e_score_correction_bias"]);
});
