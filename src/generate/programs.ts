/** The program of generation: new tokens against a cache, logits of the last place alone, the grown cache. */
import { decoderStep, headWeight, type LayerCache } from "../models/decoder.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import type { Parameters } from "../models/parameters.ts";
import type { DType } from "../base/dtype.ts";
import * as t from "../tensor/functions.ts";
import type { Tensor } from "../tensor/graph.ts";
import { defineProgram, type Program } from "../tensor/program.ts";

/** Names of the cache of a layer, as inputs (`past.`) and outputs (`present.`). */
export function cacheNames(layer: number): readonly [string, string] {
  return [`${layer}.key`, `${layer}.value`];
}

/**
 * Inputs: input_ids, positions [batch, time], mask [batch, past+time] (int32), past.* [batch, kvHeads, past,
 * headDim]. Outputs: logits [batch, vocab] of the last token of each row, present.*. `past` may be 0, so one
 * program reads prompts and makes single steps.
 */
export function stepProgram(config: DecoderConfig, parameters: Parameters): Program {
  const dtype: DType = "float32";
  const grid = (name: string, time: string): Tensor => t.input(name, "int32", ["batch", time]);
  const past = Array.from({ length: config.layers }, (_, layer): LayerCache => {
    const [key, value] = cacheNames(layer);
    const shape = ["batch", config.kvHeads, "past", config.headDim];
    return { key: t.input(`past.${key}`, dtype, shape), value: t.input(`past.${value}`, dtype, shape) };
  });
  const { hidden, present } = decoderStep(config, parameters, {
    inputIds: grid("input_ids", "time"),
    positions: grid("positions", "time"),
    mask: grid("mask", "(past+time)"),
    past,
  });
  const last = t.squeeze(t.slice(hidden, 1, -1, undefined, 1), [1]); // [batch, hidden]
  const outputs: Record<string, Tensor> = { logits: t.matmul(last, headWeight(config, parameters), { transB: true }) };
  for (const [layer, cache] of present.entries()) {
    const [key, value] = cacheNames(layer);
    outputs[`present.${key}`] = cache.key;
    outputs[`present.${value}`] = cache.value;
  }
  return defineProgram(outputs);
}
