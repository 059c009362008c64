/** The programs of generation: new tokens against a cache, and rows of a cache. */
import { decoderStep, headWeight, type LayerCache } from "../models/decoder.ts";
import type { DecoderConfig } from "../models/decoder-config.ts";
import type { Parameters } from "../models/parameters.ts";
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
  const grid = (name: string, time: string): Tensor => t.input(name, "int32", ["batch", time]);
  const past = pastInputs(config);
  const { hidden, present } = decoderStep(config, parameters, {
    inputIds: grid("input_ids", "time"),
    positions: grid("positions", "time"),
    mask: grid("mask", "(past+time)"),
    past,
  });
  const last = t.squeeze(t.slice(hidden, 1, -1, undefined, 1), [1]); // [batch, hidden]
  const logits = t.matmul(last, headWeight(config, parameters), { transB: true }); // [batch, vocab]
  return defineProgram({ logits, ...presentOutputs(present) });
}

/** Inputs: rows [rows] (int64), past.*. Outputs: present.*, the cache of these rows. */
export function selectProgram(config: DecoderConfig): Program {
  const rows = t.input("rows", "int64", ["rows"]);
  const chosen = pastInputs(config).map(({ key, value }) => ({
    key: t.gather(key, rows),
    value: t.gather(value, rows),
  }));
  return defineProgram(presentOutputs(chosen));
}

function pastInputs(config: DecoderConfig): readonly LayerCache[] {
  const shape = ["batch", config.kvHeads, "past", config.headDim];
  return Array.from({ length: config.layers }, (_, layer) => {
    const [key, value] = cacheNames(layer);
    return { key: t.input(`past.${key}`, "float32", shape), value: t.input(`past.${value}`, "float32", shape) };
  });
}

function presentOutputs(caches: readonly LayerCache[]): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(
    caches.flatMap(({ key, value }, layer) => {
      const [keyName, valueName] = cacheNames(layer);
      return [
        [`present.${keyName}`, key],
        [`present.${valueName}`, value],
      ];
    }),
  );
}
