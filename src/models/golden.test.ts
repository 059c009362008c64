import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { floats, intRows, largestDifference, valueFeeds, type Values } from "../../test/support/tiny-model.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import { defineProgram, input, type Tensor } from "../tensor/index.ts";
import { createLora, withLora } from "./adapters/lora.ts";
import { readAdapterConfig } from "./adapters/peft.ts";
import { readConfig } from "./config.ts";
import { decoderHidden, decoderStep, logits } from "./decoder.ts";
import { createParameters, parameterSpecs, trainableLeaf, type ParameterSpec } from "./parameters.ts";

interface Golden {
  readonly ids: readonly (readonly number[])[];
  readonly mask: readonly (readonly number[])[];
  readonly cases: readonly {
    readonly name: string;
    readonly config: object;
    readonly adapter?: object;
    /** Of the tokens that are not padding. */
    readonly logits: readonly (readonly (readonly number[])[])[];
  }[];
}

const path = new URL("../../test/golden/models/decoder-logits.json", import.meta.url);
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden;
const runtime = createNodeRuntime({ threads: 1 });

/** The weights of test/oracles/decoder-logits.py. */
function oracleValues(specs: readonly ParameterSpec[]): Values {
  return new Map(
    specs.map(({ name, shape }) => {
      const word = [...name].reduce((sum, letter, at) => sum + letter.charCodeAt(0) * (at + 1), 0);
      const shift = name.includes("norm") ? 1 : 0;
      const draw = (_: unknown, index: number): number => {
        let x = (Math.imul(index, 747796405) + Math.imul(word, 2891336453)) >>> 0;
        x ^= x >>> 16;
        x = Math.imul(x, 0x45d9f3b) >>> 0;
        x ^= x >>> 16;
        return ((x >>> 0) / 2 ** 32 - 0.5) * 0.7 + shift;
      };
      return [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw)];
    }),
  );
}

const positions = golden.mask.map((row) => {
  let seen = -1;
  return row.map((real) => Math.max(0, (seen += real)));
});

describe("logits of transformers and PEFT", () => {
  it.each(golden.cases)("$name", async ({ config: json, adapter, logits: expected }) => {
    const config = readConfig(json, "config.json");
    const base = createParameters(config, trainableLeaf);
    const lora =
      adapter === undefined
        ? undefined
        : createLora(config, readAdapterConfig(adapter, "adapter_config.json", config).options);
    const parameters = lora === undefined ? base : withLora(base, lora, trainableLeaf);
    const tokens = (name: string): Tensor => input(name, "int32", ["batch", "time"]);
    const shared = { inputIds: tokens("ids"), positions: tokens("positions") };
    const cache = ["batch", config.kvHeads, "past", config.headDim];
    const past = Array.from({ length: config.layers }, (_, i) => ({
      key: input(`key${i}`, "float32", cache),
      value: input(`value${i}`, "float32", cache),
    }));
    const mask = input("mask", "int32", ["batch", "(past+time)"]);
    const full = decoderHidden(config, parameters, { ...shared, segments: tokens("segments") });
    const step = decoderStep(config, parameters, { ...shared, mask, past }).hidden;
    const session = await runtime.compile(
      defineProgram({ full: logits(config, parameters, full), step: logits(config, parameters, step) }),
    );
    const specs = [...parameterSpecs(config), ...(lora?.specs ?? [])];
    const empty = {
      dtype: "float32" as const,
      shape: [golden.ids.length, config.kvHeads, 0, config.headDim],
      data: new Float32Array(0),
    };
    const outputs = await session.run({
      ...valueFeeds(specs, oracleValues(specs)),
      ...Object.fromEntries(past.flatMap((_, i) => [`key${i}`, `value${i}`].map((name) => [name, empty]))),
      ids: intRows(golden.ids),
      positions: intRows(positions),
      segments: intRows(golden.mask),
      mask: intRows(golden.mask),
    });
    await session.release();
    const real = golden.mask.flat().flatMap((kept, token) => (kept === 1 ? [token] : []));
    for (const path of ["full", "step"]) {
      const all = floats(outputs[path]);
      const kept = real.flatMap((at) => [...all.subarray(at * config.vocabSize, (at + 1) * config.vocabSize)]);
      expect(largestDifference(kept, expected.flat(2)), path).toBeLessThan(1e-4);
    }
  });
});
