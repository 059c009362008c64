/** GPTBigCode: GPT-2 whose heads share one key and value, matrices stored as [out, in]. Ben Allal et al. 2023. */
import { withNames } from "../config-reader.ts";
import { plainMlp } from "../layers/mlp.ts";
import { layerNormLayer } from "../layers/norm.ts";
import { learnedPositions } from "../layers/positions.ts";
import { fusedByGroup, fusedProjection } from "../layers/self-attention.ts";
import { readSizes, type Family } from "./family.ts";
import { gptNames, takeGptKeys } from "./gptj.ts";
import { llamaLike } from "./llama-like.ts";

export const gptBigCode: Family = {
  modelType: "gpt_bigcode",
  architectures: ["GPTBigCodeForCausalLM"],
  covers: "SantaCoder, StarCoder, StarCoderBase, Granite 3B and 20B Code",
  read: (outer) => {
    const reader = withNames(outer, gptNames);
    const sizes = readSizes(reader, {
      modelType: "gpt_bigcode",
      maxPositions: 1024,
      normKey: "layer_norm_epsilon",
      normEpsilon: 1e-5,
      activationKeys: ["activation_function"],
      activation: "gelu_pytorch_tanh",
      tied: true,
      bosTokenId: 50256,
      eosTokenIds: [50256],
    });
    const scaled = reader.boolean("scale_attn_weights", true);
    takeGptKeys(reader);
    const how = [
      "attention_softmax_in_fp32",
      "scale_attention_softmax_in_fp32",
      "inference_runner",
      "validate_runner_input",
    ];
    for (const key of [...how, "max_batch_size", "max_sequence_length", "pre_allocate_kv_cache"]) reader.take(key);
    const { facts, heads } = sizes;
    const single = reader.boolean("multi_query", true);
    return llamaLike({
      facts,
      names: { embedding: "transformer.wte", layers: "transformer.h", norm: "transformer.ln_f", head: "lm_head" },
      afterEmbedding: [
        learnedPositions({ name: "transformer.wpe", positions: facts.maxPositions, hiddenSize: facts.hiddenSize }),
      ],
      norm: layerNormLayer(sizes.normEpsilon),
      norms: { beforeAttention: "ln_1", beforeMlp: "ln_2" },
      places: { attention: "attn", mlp: "mlp" },
      attention: () => ({
        ...sizes,
        kvHeads: single ? 1 : heads,
        rope: undefined,
        bias: { qkv: true, output: true },
        project: single ? fusedProjection("c_attn") : fusedByGroup("c_attn"),
        output: "c_proj",
        ...(scaled ? {} : { scale: 1 }),
      }),
      mlp: plainMlp({
        intermediateSize: reader.optionalInteger("n_inner") ?? 4 * facts.hiddenSize,
        activation: sizes.activation,
        bias: true,
        names: ["c_fc", "c_proj"],
      }),
    });
  },
};
