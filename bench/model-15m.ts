/** A random Llama of the shape of llama2.c's stories15M, as a checkpoint folder; tokenizer of stories260k. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { randomAt } from "../src/base/random.ts";
import { writeDirectoryAtomic } from "../src/formats/atomic.ts";
import { readModel } from "../src/models/config.ts";
import { describe } from "../src/models/describe.ts";
import { saveFullModel } from "../src/models/save.ts";

const rawConfig = {
  architectures: ["LlamaForCausalLM"],
  model_type: "llama",
  vocab_size: 32000,
  hidden_size: 288,
  intermediate_size: 768,
  num_hidden_layers: 6,
  num_attention_heads: 6,
  num_key_value_heads: 6,
  max_position_embeddings: 256,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  hidden_act: "silu",
  tie_word_embeddings: true,
};

export async function makeModel15m(dir: string): Promise<void> {
  const assets = join(import.meta.dirname, "../../assets/stories260k");
  const files = await Promise.all(
    ["tokenizer.json", "tokenizer_config.json"].map(async (name) => ({
      name,
      bytes: await readFile(join(assets, name)),
    })),
  );
  const { specs } = describe(readModel(rawConfig, "config.json"));
  const shapes = new Map(specs.map(({ name, shape }) => [name, shape]));
  await writeDirectoryAtomic(dir, (folder) =>
    saveFullModel(folder, {
      model: { rawConfig, generationConfig: undefined },
      specs,
      dtype: "float32",
      files,
      read: (name) => {
        const shape = shapes.get(name) ?? [];
        const size = shape.reduce((a, b) => a * b, 1);
        if (shape.length === 1) return new Float32Array(size).fill(1);
        const random = randomAt("bench", name);
        return Float32Array.from({ length: size }, () => (2 * random.uniform() - 1) * 0.034);
      },
    }),
  );
}
