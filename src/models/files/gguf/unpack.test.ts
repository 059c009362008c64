import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { floatBytes, ggufBytes, type GgufToWrite, type TensorToWrite } from "../../../../test/support/gguf.ts";
import { runInProcess } from "../../../../test/support/in-process.ts";
import { openCheckpoint, readTensor } from "../../../formats/safetensors.ts";
import { loadTokenizer } from "../../../text/load-tokenizer.ts";
import { loadModel } from "../../load.ts";
import { mergesOfVocabulary } from "./merges.ts";
import { llama3Scaling } from "./rope.ts";
import { unpackGguf } from "./unpack.ts";

const fixture = join(import.meta.dirname, "../../../../test/fixtures/models/llama-mha-bias");
let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "unpack-"));
});
afterAll(() => rm(dir, { recursive: true }));

const leaves: readonly (readonly [string, string])[] = [
  ["input_layernorm", "attn_norm"],
  ["self_attn.q_proj", "attn_q"],
  ["self_attn.k_proj", "attn_k"],
  ["self_attn.v_proj", "attn_v"],
  ["self_attn.o_proj", "attn_output"],
  ["post_attention_layernorm", "ffn_norm"],
  ["mlp.gate_proj", "ffn_gate"],
  ["mlp.up_proj", "ffn_up"],
  ["mlp.down_proj", "ffn_down"],
];

function storedName(name: string): string {
  const [, layer, rest = name] = /^model\.layers\.(\d+)\.(.+)$/.exec(name) ?? [];
  if (layer === undefined) {
    return name
      .replace("model.embed_tokens", "token_embd")
      .replace("model.norm", "output_norm")
      .replace("lm_head", "output");
  }
  const [module, leaf] = leaves.find(([path]) => rest.startsWith(path)) ?? ["", ""];
  return `blk.${layer}.${leaf}${rest.slice(module.length)}`;
}

/** The two halves of each head interleaved, as llama.cpp's converter does. */
function interleaved(values: Float32Array, rows: number, heads: number): Float32Array {
  const width = values.length / rows;
  const half = rows / heads / 2;
  const result = new Float32Array(values.length);
  for (let head = 0; head < heads; head++) {
    for (let side = 0; side < 2; side++) {
      for (let i = 0; i < half; i++) {
        const from = head * 2 * half + side * half + i;
        result.set(values.subarray(from * width, (from + 1) * width), (head * 2 * half + 2 * i + side) * width);
      }
    }
  }
  return result;
}

const byteTokens = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
const tokens = ["<|end|>", "<think>", ...byteTokens];

async function tinyFile(): Promise<GgufToWrite> {
  const config = JSON.parse(await readFile(join(fixture, "config.json"), "utf8")) as Record<string, number>;
  const { tensors } = await openCheckpoint(fixture);
  const written: TensorToWrite[] = [];
  for (const [name, tensor] of tensors) {
    const values = await readTensor(tensor);
    const isQuery = name.includes("q_proj");
    const heads = isQuery ? config["num_attention_heads"] : config["num_key_value_heads"];
    const data =
      isQuery || name.includes("k_proj") ? interleaved(values, tensor.shape[0] as number, heads as number) : values;
    written.push({ name: storedName(name), shape: tensor.shape, type: 0, data: floatBytes([...data]) });
  }
  const uint = (key: string): { readonly uint: number } => ({ uint: config[key] as number });
  return {
    keys: [
      ["general.architecture", { text: "llama" }],
      ["llama.block_count", uint("num_hidden_layers")],
      ["llama.context_length", uint("max_position_embeddings")],
      ["llama.embedding_length", uint("hidden_size")],
      ["llama.feed_forward_length", uint("intermediate_size")],
      ["llama.attention.head_count", uint("num_attention_heads")],
      ["llama.attention.head_count_kv", uint("num_key_value_heads")],
      ["llama.rope.dimension_count", uint("head_dim")],
      ["llama.attention.layer_norm_rms_epsilon", { float: config["rms_norm_eps"] as number }],
      ["tokenizer.ggml.model", { text: "gpt2" }],
      ["tokenizer.ggml.pre", { text: "smollm" }],
      ["tokenizer.ggml.tokens", { texts: tokens }],
      ["tokenizer.ggml.token_type", { ints: tokens.map((_, i) => (i === 0 ? 3 : i === 1 ? 4 : 1)) }],
      ["tokenizer.ggml.merges", { texts: [] }],
      ["tokenizer.ggml.bos_token_id", { uint: 0 }],
      ["tokenizer.ggml.eos_token_id", { uint: 0 }],
      ["tokenizer.ggml.eot_token_id", { uint: 5 }],
      ["tokenizer.ggml.add_bos_token", { bool: true }],
      ["tokenizer.chat_template", { text: "{{ messages[0].content }}" }],
    ],
    tensors: written,
  };
}

async function unpack(file: GgufToWrite): Promise<string> {
  const folder = await mkdtemp(join(dir, "model-"));
  const path = join(folder, "model.gguf");
  await writeFile(path, ggufBytes(file));
  await unpackGguf(path, folder);
  return folder;
}

const replaced = (file: GgufToWrite, key: string, value: { readonly text: string }): GgufToWrite => ({
  ...file,
  keys: (file.keys ?? []).map((entry) => (entry[0] === key ? [key, value] : entry)),
});

describe("a GGUF file as a folder", () => {
  it("holds the tensors that the checkpoint had before it was converted", async () => {
    const folder = await unpack(await tinyFile());
    const [before, after] = [await openCheckpoint(fixture), await openCheckpoint(folder)];
    expect([...after.tensors.keys()].sort()).toEqual([...before.tensors.keys()].sort());
    for (const [name, tensor] of before.tensors) {
      const got = after.tensors.get(name);
      expect(got?.shape, name).toEqual(tensor.shape);
      expect(await readTensor(got as never), name).toEqual(await readTensor(tensor));
    }
  });

  it("loads as a model with its tokenizer and chat template", async () => {
    const folder = await unpack(await tinyFile());
    const model = await loadModel(folder);
    expect(model.rawConfig["rms_norm_eps"]).toBe(1e-6);
    expect(model.generationConfig).toEqual({ bos_token_id: 0, eos_token_id: [0, 5] });
    expect(model.tokenizer.chatTemplate).toBe("{{ messages[0].content }}");
    const text = "a<think>12";
    const ids = model.tokenizer.encode(text, { addSpecialTokens: true });
    expect(ids.map((id) => model.tokenizer.idToToken(id))).toEqual(["<|end|>", "a", "<think>", "1", "2"]);
    expect(model.tokenizer.decode(ids)).toBe(text);
  });

  it("is unpacked once into a cache, and converted by a verb", async () => {
    const path = join(dir, "tiny.gguf");
    await writeFile(path, ggufBytes(await tinyFile()));
    vi.stubEnv("TUNESMITH_CACHE", join(dir, "cache"));
    const notes: string[] = [];
    const find = { onNote: (note: string) => notes.push(note) };
    const [first, second] = [await loadModel(path, { find }), await loadModel(path, { find })];
    vi.unstubAllEnvs();
    expect(first.dir).toBe(second.dir);
    expect(notes).toEqual([expect.stringMatching(/is unpacked into .*tiny-[0-9a-f]{16}, once$/)]);
    const output = join(dir, "converted");
    const { status, err } = await runInProcess(["convert", "--model", path, "--output-dir", output]);
    expect([status, err]).toEqual([0, expect.stringMatching(/llama, tensors \d+ F32/)]);
    expect((await loadModel(output)).config).toEqual(first.config);
    expect((await runInProcess(["convert", "--model", path, "--output-dir", output])).status).toBe(1);
  });

  it("refuses what it cannot follow, by name", async () => {
    const file = await tinyFile();
    await expect(unpack(replaced(file, "general.architecture", { text: "mamba" }))).rejects.toThrow(/"mamba" cannot/);
    await expect(unpack(replaced(file, "tokenizer.ggml.pre", { text: "newest" }))).rejects.toThrow(/pre is "newest"/);
    await expect(unpack(replaced(file, "tokenizer.ggml.model", { text: "bert" }))).rejects.toThrow(/tokenizer "bert"/);
    const extra = { name: "blk.0.ssm_a.weight", shape: [1], type: 0, data: floatBytes([1]) };
    await expect(unpack({ ...file, tensors: [...(file.tensors ?? []), extra] })).rejects.toThrow(/blk\.0\.ssm_a/);
  });

  it("finds Llama 3's scaling in its frequencies and refuses others", async () => {
    const file = await tinyFile();
    const ones = { name: "rope_freqs.weight", shape: [4], type: 0, data: floatBytes([1, 1, 1, 2]) };
    await expect(unpack({ ...file, tensors: [...(file.tensors ?? []), ones] })).rejects.toThrow(/not those of Llama 3/);
    // Llama 3.2: theta 500000, heads of 64, factor 32.
    const divisors = Float32Array.from({ length: 32 }, (_, i) => {
      const length = 2 * Math.PI * 500_000 ** (i / 32);
      const share = (8192 / length - 1) / 3;
      return length < 2048 ? 1 : length > 8192 ? 32 : 1 / ((1 - share) / 32 + share);
    });
    expect(llama3Scaling("a.gguf", divisors, 500_000)).toEqual({
      rope_scaling: {
        rope_type: "llama3",
        factor: 32,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 8192,
      },
    });
  });
});

describe("SentencePiece", () => {
  it("orders merges as generate_merges of transformers does", () => {
    const vocabulary = ["a", "b", "ab", "abb", "bb", "😀", "a😀"];
    const merges = mergesOfVocabulary(vocabulary, [0, 0, -1, -3, -1, -9, -2]);
    expect(merges).toEqual([
      ["a", "b"],
      ["b", "b"],
      ["a", "😀"],
      ["ab", "b"],
      ["a", "bb"],
    ]);
  });

  it("puts the space before the first word alone and falls back to bytes", async () => {
    const file = await tinyFile();
    const pieces = ["<unk>", "<s>", "</s>", "<0xC3>", "<0xBC>", "▁", "h", "i", "hi", "▁hi", "!"];
    const words = [...pieces, ...tokens.slice(pieces.length).map((_, i) => `[${i}]`)];
    const keys = (file.keys ?? []).flatMap((entry): NonNullable<GgufToWrite["keys"]>[number][] => {
      if (entry[0] === "tokenizer.ggml.model") return [[entry[0], { text: "llama" }]];
      if (entry[0] === "tokenizer.ggml.tokens") return [[entry[0], { texts: words }]];
      if (entry[0] === "tokenizer.ggml.token_type") {
        return [[entry[0], { ints: words.map((_, i) => [2, 3, 3, 6, 6][i] ?? 1) }]];
      }
      if (entry[0] === "tokenizer.ggml.merges") return [["tokenizer.ggml.scores", { floats: words.map((_, i) => -i) }]];
      if (entry[0] === "tokenizer.ggml.bos_token_id") return [[entry[0], { uint: 1 }]];
      return [entry];
    });
    const unknown = ["tokenizer.ggml.unknown_token_id", { uint: 0 }] as const;
    const tokenizer = await loadTokenizer(await unpack({ ...file, keys: [...keys, unknown] }));
    const ids = tokenizer.encode("hi hiü!", { addSpecialTokens: true });
    expect(ids.map((id) => tokenizer.idToToken(id))).toEqual(["<s>", "▁hi", "▁hi", "<0xC3>", "<0xBC>", "!"]);
    expect(tokenizer.decode(ids)).toBe("hi hiü!");
  });
});
