/** The generator without files, in the engine that browsers have. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readModel } from "../models/config.ts";
import type { StoredTensor } from "../models/bound.ts";
import { loadModel } from "../models/load.ts";
import { createNodeRuntime } from "../runtime/node.ts";
import { createWebRuntime } from "../runtime/web.ts";
import { createGenerator } from "./engine.ts";

const dir = join(import.meta.dirname, "../../assets/stories260k");

it("gives in WASM, from bytes, what Node gives from files", async () => {
  const loaded = await loadModel(dir);
  const files = new Map<string, Uint8Array>();
  const tensors = new Map(
    [...loaded.tensors].map(([name, { dtype, file, offset, length }]): [string, StoredTensor] => {
      const bytes = files.get(file) ?? new Uint8Array(readFileSync(file));
      files.set(file, bytes);
      return [name, { dtype, bytes: bytes.subarray(offset, offset + length) }];
    }),
  );
  const model = readModel(JSON.parse(readFileSync(join(dir, "config.json"), "utf8")), "config.json");
  const { config, tokenizer, generationConfig } = loaded;
  const stored = { dir, model, config, tensors, adapter: undefined, tokenizer, generationConfig };
  const prompts = [tokenizer.encode("Once upon a time"), tokenizer.encode("Lily")];
  const options = { temperature: 0, maxNewTokens: 12 };
  const [web, node] = [
    await createGenerator(stored, createWebRuntime()),
    await createGenerator(loaded, createNodeRuntime({ threads: 1 })),
  ];
  expect(await web.generate(prompts, options)).toEqual(await node.generate(prompts, options));
  await web.release();
  await node.release();
});
