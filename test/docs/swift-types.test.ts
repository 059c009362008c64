import { expect, it } from "vitest";
import { readModel } from "../../src/models/config.ts";
import { describe } from "../../src/models/describe.ts";
import { comparedConfigs } from "./models-page.ts";
import { swiftTypes } from "./swift-types.ts";

it("names each of the 99 language types of ms-swift once", () => {
  expect(new Set(swiftTypes.map(({ type }) => type)).size).toBe(99);
  expect(swiftTypes.filter(({ loads }) => loads !== undefined).length).toBeGreaterThanOrEqual(70);
});

const loading = swiftTypes.flatMap(({ type, loads }) => (loads === undefined ? [] : [{ type, loads }]));

it.each(loading)("$type loads from a config.json of its shape", ({ loads: [modelType, architecture] }) => {
  const [config] = comparedConfigs(modelType);
  expect(config, `a compared config of ${modelType}`).toBeDefined();
  const stated = {
    ...config,
    architectures: [architecture],
    auto_map: { AutoModelForCausalLM: `own.${architecture}` },
  };
  const { specs } = describe(readModel(stated, "config.json"));
  expect(specs.length).toBeGreaterThan(10);
});
