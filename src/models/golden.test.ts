import { readFileSync } from "node:fs";
import { describe as suite, expect, it } from "vitest";
import { floats, intRows, largestDifference, valueFeeds, type Values } from "../../test/support/tiny-model.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import type { HostTensor } from "../runtime/types.ts";
import { cast, defineProgram, grad, input, mul, sumAll, type Tensor } from "../tensor/index.ts";
import { createAccess, eachOnce, trainableLeaf } from "./access.ts";
import { readAdapterTuning } from "./tuners/read-adapter.ts";
import { readModel } from "./config.ts";
import { describe } from "./describe.ts";
import { routerLoss } from "./layers/router-loss.ts";
import { finalHidden, headLogits, type RouterFacts } from "./model.ts";
import { cachedPass, cacheInputs, causalPass } from "./pass.ts";
import type { Access, ParameterSpec } from "./scope.ts";

interface RouterGolden {
  readonly loss: number;
  readonly gradients: Readonly<Record<string, number>>;
}

interface Golden {
  readonly ids: readonly (readonly number[])[];
  readonly mask: readonly (readonly number[])[];
  readonly cases: readonly {
    readonly name: string;
    readonly config: object;
    readonly adapter?: object;
    readonly router_loss?: RouterGolden;
    /** Of the tokens that are not padding. */
    readonly logits: readonly (readonly (readonly number[])[])[];
    /** Lengths of the gradients of half the sum of squared logits of the first row. */
    readonly gradients: Readonly<Record<string, number>>;
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

suite("logits of transformers and PEFT", () => {
  it.each(golden.cases)("$name", async ({ config: json, adapter, logits: expected }) => {
    const model = readModel(json, "config.json");
    const lora = adapter === undefined ? undefined : readAdapterTuning(adapter, "adapter_config.json", model).tuning;
    const tokens = (name: string): Tensor => input(name, "int32", ["batch", "time"]);
    const inputs = { inputIds: tokens("ids"), positions: tokens("positions") };
    const { caches } = describe(model);
    const mask = input("mask", "int32", ["batch", "(past+time)"]);
    const logits = (attend: Access["attend"]): Tensor => {
      const base = createAccess(trainableLeaf, attend);
      const access = lora === undefined ? base : lora.intercept(trainableLeaf)(base);
      return headLogits(model, access, finalHidden(model, access, inputs));
    };
    const session = await runtime.compile(
      defineProgram({
        full: logits(causalPass({ ...inputs, segments: tokens("segments") })),
        step: logits(cachedPass({ ...inputs, mask, past: cacheInputs(caches) }).attend),
      }),
    );
    const specs = [...describe(model).specs, ...(lora?.specs ?? [])];
    const empties = caches.flatMap(({ path, kvHeads, headDim }) =>
      ["key", "value"].map((part): [string, HostTensor] => [
        `past.${path}.${part}`,
        { dtype: "float32", shape: [golden.ids.length, kvHeads, 0, headDim], data: new Float32Array(0) },
      ]),
    );
    const outputs = await session.run({
      ...valueFeeds(specs, oracleValues(specs)),
      ...Object.fromEntries(empties),
      ids: intRows(golden.ids),
      positions: intRows(positions),
      segments: intRows(golden.mask),
      mask: intRows(golden.mask),
    });
    await session.release();
    const real = golden.mask.flat().flatMap((kept, token) => (kept === 1 ? [token] : []));
    for (const path of ["full", "step"]) {
      const all = floats(outputs[path]);
      const kept = real.flatMap((at) => [
        ...all.subarray(at * model.facts.vocabSize, (at + 1) * model.facts.vocabSize),
      ]);
      expect(largestDifference(kept, expected.flat(2)), path).toBeLessThan(1e-4);
    }
  });
});

suite("gradients of PyTorch", () => {
  it.each(golden.cases)("$name", async ({ config: json, adapter, gradients: expected }) => {
    const model = readModel(json, "config.json");
    const lora = adapter === undefined ? undefined : readAdapterTuning(adapter, "adapter_config.json", model).tuning;
    const tokens = (name: string): Tensor => input(name, "int32", ["batch", "time"]);
    const inputs = { inputIds: tokens("ids"), positions: tokens("positions") };
    const leaf = eachOnce(trainableLeaf);
    const base = createAccess(leaf, causalPass(inputs));
    const access = lora === undefined ? base : lora.intercept(leaf)(base);
    const out = headLogits(model, access, finalHidden(model, access, inputs));
    const { specs } = describe(model);
    const trained = lora?.specs ?? specs.filter(({ fixed }) => fixed !== true);
    expect(trained.map(({ name }) => name).sort()).toEqual(Object.keys(expected).sort());
    const found = grad(sumAll(mul(mul(out, out), 0.5)), trained.map(leaf));
    const session = await runtime.compile(
      defineProgram(Object.fromEntries(trained.map(({ name }, i) => [`grad:${name}`, found[i] as Tensor]))),
    );
    const all = [...specs, ...(lora?.specs ?? [])];
    const [row] = golden.ids as [readonly number[]];
    const outputs = await session.run({
      ...valueFeeds(all, oracleValues(all)),
      ids: intRows([row]),
      positions: intRows([[...row.keys()]]),
    });
    await session.release();
    for (const [name, length] of Object.entries(expected)) {
      const got = Math.sqrt(floats(outputs[`grad:${name}`]).reduce((sum, x) => sum + x * x, 0));
      expect(Math.abs(got - length) / Math.max(length, 1e-3), `${name}: ${got}, not ${length}`).toBeLessThan(1e-3);
    }
  });
});

suite("load-balancing loss of transformers", () => {
  it.each(golden.cases.filter((one) => one.router_loss !== undefined))("$name", async ({ config, router_loss }) => {
    const { loss: expected, gradients } = router_loss as RouterGolden;
    const model = readModel(config, "config.json");
    const tokens = (name: string): Tensor => input(name, "int32", ["batch", "time"]);
    const inputs = { inputIds: tokens("ids"), positions: tokens("positions") };
    const balance = routerLoss(model.router as RouterFacts);
    const leaf = eachOnce(trainableLeaf);
    const access = balance.intercept(createAccess(leaf, causalPass({ ...inputs, segments: tokens("segments") })));
    finalHidden(model, access, inputs);
    const loss = balance.loss(cast(tokens("segments"), "float32"));
    const { specs } = describe(model);
    const gates = specs.filter(({ name }) => name.endsWith(".gate.weight"));
    const found = grad(loss, gates.map(leaf));
    const named = gates.map(({ name }, i) => [`grad:${name}`, found[i] as Tensor] as const);
    const session = await runtime.compile(defineProgram({ loss, ...Object.fromEntries(named) }));
    const outputs = await session.run({
      ...valueFeeds(specs, oracleValues(specs)),
      ids: intRows(golden.ids),
      positions: intRows(positions),
      segments: intRows(golden.mask),
    });
    await session.release();
    expect(floats(outputs["loss"])[0]).toBeCloseTo(expected, 4);
    expect(gates).toHaveLength(Object.keys(gradients).length);
    for (const { name } of gates) {
      const length = gradients[name.replace("block_sparse_moe", "mlp")] as number;
      const got = Math.sqrt(floats(outputs[`grad:${name}`]).reduce((sum, x) => sum + x * x, 0));
      expect(Math.abs(got - length) / length, `${name}: ${got}, not ${length}`).toBeLessThan(1e-3);
    }
  });
});
