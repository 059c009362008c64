import { expect, it } from "vitest";
import { byPattern, targetMatcher } from "./targets.ts";

const module = "model.layers.0.self_attn.q_projection_of_the_model";
const endless = "(?:[a-z_.0-9]|[a-z_.0-9])+X";

it("patterns match as those of PEFT do", () => {
  expect(targetMatcher(".*q_proj.*", undefined)(module)).toBe(true);
  expect(targetMatcher("q_proj.*", undefined)(module)).toBe(false);
  const rank = byPattern({ "layers.1.*": 4, "q_proj.*": 8 });
  expect([rank(module), rank("model.layers.1.mlp.up_proj"), rank("lm_head")]).toEqual([8, 4, undefined]);
});

it("a pattern that has no end on a name is ended and named", { timeout: 30_000 }, () => {
  const tooLong = /^E_ADAPTER_TARGET: "\(\?:\[a-z_\.0-9\].*takes longer than 2 seconds/;
  expect(() => targetMatcher(endless, undefined)(module)).toThrow(tooLong);
  expect(() => byPattern({ nothing: 1, [endless]: 8 })(module)).toThrow(tooLong);
});
