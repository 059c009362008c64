import { describe as suite, expect, it } from "vitest";
import type { ErrorCode } from "../../base/error-codes.ts";
import { isTunesmithError } from "../../base/errors.ts";
import { createNodeRuntime } from "../../runtime/node.ts";
import { defineProgram, grad, input, mul, sumAll, type Tensor } from "../../tensor/index.ts";
import {
  floats,
  intRows,
  largestDifference,
  modelValues,
  randomValues,
  tinyModel,
  valueFeeds,
  type Values,
} from "../../../test/support/tiny-model.ts";
import { createAccess, trainableLeaf } from "../access.ts";
import { describe } from "../describe.ts";
import { finalHidden, headLogits } from "../model.ts";
import { causalPass } from "../pass.ts";
import type { LinearModule } from "../scope.ts";
import { dropoutRow } from "./dropout.ts";
import { createLora, initialLora, loraInterceptor, type Lora, type LoraOptions } from "./lora.ts";
import { adapterConfigJson, readAdapterConfig } from "./lora-config.ts";
import { fromPeftName, toPeftName } from "./peft-files.ts";

const runtime = createNodeRuntime({ threads: 1 });
const model = tinyModel({ num_hidden_layers: 2 });
const plain: LoraOptions = { rank: 4, alpha: 8, targetModules: "all-linear" };
const ids = [[3, 7, 1, 30, 12, 5, 9, 2]];
const positions = [[0, 1, 2, 3, 4, 5, 6, 7]];

function codeOf(run: () => unknown): ErrorCode | undefined {
  try {
    run();
  } catch (error) {
    if (isTunesmithError(error)) return error.code;
    throw error;
  }
  return undefined;
}

const tokenInputs = () => ({
  inputIds: input("ids", "int32", ["batch", "time"]),
  positions: input("positions", "int32", ["batch", "time"]),
});

async function adapted(
  lora: Lora | undefined,
  values: Values,
  options: { readonly rows?: Int32Array; readonly base?: Values } = {},
): Promise<Float32Array> {
  const inputs = tokenInputs();
  const base = createAccess(trainableLeaf, causalPass(inputs));
  const rows = options.rows === undefined ? {} : { dropoutRows: input("rows", "int32", ["batch", "time"]) };
  const access = lora === undefined ? base : loraInterceptor(lora, trainableLeaf, rows)(base);
  const hidden = finalHidden(model, access, inputs);
  const session = await runtime.compile(defineProgram({ logits: headLogits(model, access, hidden) }));
  const outputs = await session.run({
    ...valueFeeds(describe(model).specs, options.base ?? modelValues(model)),
    ...valueFeeds(lora?.specs ?? [], values),
    ...(options.rows === undefined ? {} : { rows: intRows([[...options.rows]]) }),
    ids: intRows(ids),
    positions: intRows(positions),
  });
  await session.release();
  return floats(outputs["logits"]);
}

suite("createLora", () => {
  const modules = (options: Partial<LoraOptions>) =>
    createLora(model, { ...plain, ...options }).modules.map(({ linear }) => linear.path);

  it("chooses modules as PEFT does", () => {
    expect(modules({})).toHaveLength(14);
    expect(modules({})).not.toContain("lm_head");
    expect(modules({ targetModules: ["all-linear"] })).toHaveLength(14);
    expect(modules({ targetModules: ["all-linear", "lm_head"] })).toHaveLength(15);
    expect(modules({ targetModules: ["q_proj", "v_proj"] })).toHaveLength(4);
    expect(modules({ targetModules: ["layers.1.self_attn.q_proj"] })).toEqual(["model.layers.1.self_attn.q_proj"]);
    expect(modules({ targetModules: ["lm_head"] })).toEqual(["lm_head"]);
    // A list matches whole names, a string the whole path.
    expect(codeOf(() => modules({ targetModules: ["proj"] }))).toBe("E_ADAPTER_TARGET");
    expect(codeOf(() => modules({ targetModules: "q_proj" }))).toBe("E_ADAPTER_TARGET");
    expect(modules({ targetModules: ".*\\.0\\..*(q|k)_proj" })).toHaveLength(2);
    expect(modules({ targetModules: "(?P<a>.*)down_proj" })).toHaveLength(2);
    expect(modules({ excludeModules: ["down_proj"] })).toHaveLength(12);
  });

  it("refuses names that match nothing, wrong patterns and wrong numbers", () => {
    expect(codeOf(() => modules({ targetModules: ["q_proj", "c_attn"] }))).toBe("E_ADAPTER_TARGET");
    expect(codeOf(() => modules({ targetModules: "(" }))).toBe("E_ADAPTER_TARGET");
    expect(codeOf(() => modules({ rank: 0 }))).toBe("E_ADAPTER_CONFIG");
    expect(codeOf(() => modules({ alpha: Number.NaN }))).toBe("E_ADAPTER_CONFIG");
    expect(codeOf(() => modules({ dropout: 1 }))).toBe("E_ADAPTER_CONFIG");
  });

  it("scales by alpha / rank, or by alpha / sqrt(rank) with rsLoRA, with patterns", () => {
    const scale = (options: Partial<LoraOptions>) => createLora(model, { ...plain, ...options }).modules[0]?.scale;
    expect(scale({})).toBe(2);
    expect(scale({ rslora: true })).toBe(4);
    const patterned = createLora(model, {
      ...plain,
      rankPattern: { "layers.0.self_attn.q_proj": 2 },
      alphaPattern: { "q_proj|k_proj": 3 },
    });
    expect(patterned.modules[0]).toMatchObject({ rank: 2, alpha: 3, scale: 1.5, a: { shape: [2, 16] } });
    expect(patterned.modules[1]).toMatchObject({ rank: 4, alpha: 3 });
    expect(patterned.modules[2]).toMatchObject({ rank: 4, alpha: 8 });
  });

  it("starts A within 1/sqrt(in), B at zero, by seed", () => {
    const lora = createLora(model, plain);
    const values = initialLora(lora, 7);
    const a = values.get("model.layers.0.mlp.down_proj.lora_A.weight") as Float32Array;
    expect(a).toHaveLength(4 * 24);
    expect(Math.max(...a.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(24));
    expect(Math.max(...a)).toBeGreaterThan(0.15);
    expect(Math.min(...a)).toBeLessThan(-0.15);
    expect(values.get("model.layers.0.mlp.down_proj.lora_B.weight")?.every((v) => v === 0)).toBe(true);
    expect(initialLora(lora, 7)).toEqual(values);
    expect(initialLora(lora, 8)).not.toEqual(values);
    // One module's values do not depend on which others are there.
    const one = initialLora(createLora(model, { ...plain, targetModules: ["down_proj"] }), 7);
    expect(one.get("model.layers.0.mlp.down_proj.lora_A.weight")).toEqual(a);
  });
});

suite("loraInterceptor", () => {
  it("is the base model at the start", async () => {
    const lora = createLora(model, plain);
    expect(largestDifference(await adapted(lora, initialLora(lora, 1)), await adapted(undefined, new Map()))).toBe(0);
  });

  it.each([{}, { rslora: true }, { targetModules: ["q_proj", "lm_head"] }, { rankPattern: { q_proj: 2 } }])(
    "equals the base model with merged weights: %j",
    async (extra) => {
      const lora = createLora(model, { ...plain, ...extra });
      const values = randomValues(lora.specs, 5);
      const base = new Map(modelValues(model));
      for (const { linear, rank, scale, a, b } of lora.modules) {
        const [left, right] = [values.get(b.name) as Float32Array, values.get(a.name) as Float32Array];
        const merged = Float32Array.from(base.get(linear.weight) as Float32Array, (w, at) => {
          const [row, column] = [Math.floor(at / linear.inSize), at % linear.inSize];
          let sum = 0;
          for (let k = 0; k < rank; k++) {
            sum += (left[row * rank + k] as number) * (right[k * linear.inSize + column] as number);
          }
          return w + scale * sum;
        });
        base.set(linear.weight, merged);
      }
      const [byAdapter, byWeights] = [await adapted(lora, values), await adapted(undefined, new Map(), { base })];
      expect(largestDifference(byAdapter, byWeights)).toBeLessThan(1e-4);
      expect(largestDifference(byAdapter, await adapted(undefined, new Map()))).toBeGreaterThan(0.1);
    },
  );

  it("gives gradients to A and B only through their modules", async () => {
    const lora = createLora(model, plain);
    const leaves = new Map<string, Tensor>();
    const inputs = tokenInputs();
    const intercept = loraInterceptor(lora, (spec) => {
      const leaf = trainableLeaf(spec);
      leaves.set(spec.name, leaf);
      return leaf;
    });
    const hidden = finalHidden(model, intercept(createAccess(trainableLeaf, causalPass(inputs))), inputs);
    expect([...leaves.keys()].sort()).toEqual(lora.specs.map((spec) => spec.name).sort());
    const wrt = lora.specs.map(({ name }) => leaves.get(name) as Tensor);
    const gradients = grad(sumAll(mul(hidden, hidden)), wrt);
    const session = await runtime.compile(
      defineProgram(Object.fromEntries(gradients.map((gradient, i) => [`g${i}`, gradient]))),
    );
    const outputs = await session.run({
      ...valueFeeds(describe(model).specs, modelValues(model)),
      ...valueFeeds(lora.specs, initialLora(lora, 1)),
      ids: intRows(ids),
      positions: intRows(positions),
    });
    for (const [i, { name }] of lora.specs.entries()) {
      const zero = floats(outputs[`g${i}`]).every((v) => v === 0);
      // With B = 0 no gradient reaches A.
      expect(zero, name).toBe(name.includes("lora_A"));
    }
    await session.release();
  });
});

suite("dropout", () => {
  const lora = createLora(model, { ...plain, dropout: 0.25 });
  const values = randomValues(lora.specs, 5);

  it("is a function of its rows, and absent without them", async () => {
    const row = (step: number) => dropoutRow(8, 1, step, 0);
    const first = await adapted(lora, values, { rows: row(1) });
    expect(await adapted(lora, values, { rows: row(1) })).toEqual(first);
    expect(largestDifference(await adapted(lora, values, { rows: row(2) }), first)).toBeGreaterThan(1e-3);
    const off = await adapted(createLora(model, plain), values);
    expect(largestDifference(await adapted(lora, values), off)).toBe(0);
  });

  it("keeps the right share, unbiased, and independently for columns, tokens and modules", async () => {
    // A of ones on a model of ones counts the kept columns of every token.
    const [tokens, width, rate] = [64, 256, 0.25];
    const wide = tinyModel({ hidden_size: width, num_attention_heads: 2, num_key_value_heads: 2 });
    const one = createLora(wide, { rank: width, alpha: width, targetModules: ["q_proj", "k_proj"], dropout: rate });
    const x = input("x", "float32", ["batch", "time", width]);
    const zero = { ...createAccess(trainableLeaf, () => x), linear: () => mul(x, 0) };
    const rows = input("rows", "int32", ["batch", "time"]);
    const access = loraInterceptor(one, trainableLeaf, { dropoutRows: rows })(zero);
    const linearOf = (name: string) =>
      describe(wide).modules.find(({ path }) => path === `model.layers.0.self_attn.${name}`) as LinearModule;
    const session = await runtime.compile(
      defineProgram({
        q: access.linear(x, linearOf("q_proj")),
        k: access.linear(x, linearOf("k_proj")),
      }),
    );
    const identity = Float32Array.from({ length: width * width }, (_, i) => Number(i % (width + 1) === 0));
    const feeds = valueFeeds(
      one.specs.filter(({ name }) => /layers\.0.*(q|k)_proj/.test(name)),
      new Map(one.specs.map(({ name }) => [name, identity])),
    );
    const outputs = await session.run({
      ...feeds,
      x: { dtype: "float32", shape: [1, tokens, width], data: new Float32Array(tokens * width).fill(1) },
      rows: intRows([[...dropoutRow(tokens, 3, "sample")]]),
    });
    const [q, k] = [floats(outputs["q"]), floats(outputs["k"])];
    const kept = 1 / (1 - rate);
    expect(q.every((v) => v === 0 || Math.abs(v - kept) < 1e-6)).toBe(true);
    const deviation = Math.sqrt((rate * (1 - rate)) / q.length);
    const share = (v: Float32Array) => v.filter((value) => value === 0).length / v.length;
    expect(Math.abs(share(q) - rate)).toBeLessThan(4 * deviation);
    expect(Math.abs(share(k) - rate)).toBeLessThan(4 * deviation);
    // Dropped together by chance only: neighbours in a row, in a column, and in two modules.
    const together = (distance: number, second: Float32Array) => {
      const pairs = q.length - distance;
      let both = 0;
      for (let i = 0; i < pairs; i++) both += Number(q[i] === 0 && second[i + distance] === 0);
      return both / pairs;
    };
    for (const share of [together(1, q), together(width, q), together(0, k)]) {
      expect(Math.abs(share - rate * rate)).toBeLessThan(0.012);
    }
    await session.release();
  });
});

suite("PEFT layout", () => {
  const written = (options: LoraOptions) =>
    adapterConfigJson(createLora(model, options), model, "base") as Record<string, unknown>;

  it("reads back what it writes", () => {
    for (const options of [
      plain,
      { ...plain, rslora: true, dropout: 0.1, targetModules: ["v_proj", "q_proj"] },
      { ...plain, targetModules: ".*\\.1\\..*q_proj" },
      { ...plain, excludeModules: ["gate_proj"] },
      { ...plain, targetModules: ["layers.1.mlp.up_proj"], rankPattern: { up_proj: 2 } },
    ]) {
      const json = JSON.parse(JSON.stringify(written(options)));
      const back = readAdapterConfig(json, "adapter_config.json", model);
      expect(createLora(model, back).modules).toEqual(createLora(model, options).modules);
      expect(back.dropout).toBe(options.dropout ?? 0);
    }
  });

  it("names targets shortly", () => {
    expect(written({ ...plain, targetModules: ["v_proj", "q_proj"] })["target_modules"]).toEqual(["q_proj", "v_proj"]);
    expect(written(plain)["target_modules"]).toHaveLength(7);
    expect(written({ ...plain, targetModules: ["layers.1.mlp.up_proj"] })["target_modules"]).toEqual([
      "model.layers.1.mlp.up_proj",
    ]);
  });

  it.each([
    ["use_qalora", true],
    ["peft_type", "IA3"],
    ["bias", "all"],
    ["init_lora_weights", "pissa"],
    ["layers_to_transform", [0]],
    ["use_something_new", true],
  ])("refuses %s = %j and names it", (key, value) => {
    const json = { ...written(plain), [key]: value };
    expect(() => readAdapterConfig(json, "adapter_config.json", model)).toThrow(`"${key}" is`);
    expect(codeOf(() => readAdapterConfig(json, "adapter_config.json", model))).toBe("E_ADAPTER_CONFIG");
  });

  it("maps tensor names both ways", () => {
    const name = describe(model).modules[0]?.path ?? "";
    expect(toPeftName(`${name}.lora_A.weight`)).toBe("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight");
    expect(fromPeftName(toPeftName(name))).toBe(name);
  });
});
