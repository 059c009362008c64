/**
 * Phi-3 and Phi-4: Llama's layers with fused projections; Phi-4-mini turns three quarters of each head. Abdin et al.
 * 2024; transformers' Phi3Config.
 */
import { gatedMlp } from "../layers/mlp.ts";
import { rmsNormLayer } from "../layers/norm.ts";
import { fusedProjection } from "../layers/self-attention.ts";
import { readSizes, readWindow, type Family } from "./family.ts";
import { llamaLike } from "./llama-like.ts";
import { readRope } from "./rope.ts";

export const phi3: Family = {
  modelType: "phi3",
  architectures: ["Phi3ForCausalLM"],
  covers: "Phi-3, Phi-3.5, Phi-4, Phi-4-mini",
  read: (reader) => {
    const sizes = readSizes(reader, {
      modelType: "phi3",
      maxPositions: 4096,
      normEpsilon: 1e-5,
      bosTokenId: 1,
      eosTokenIds: [32000],
      padTokenId: 32000,
    });
    const { facts, headDim } = sizes;
    // Dropout of residuals and embeddings; training here has none.
    for (const key of ["resid_pdrop", "embd_pdrop"]) reader.take(key);
    const rope = readRope(reader, {
      headDim,
      maxPositions: facts.maxPositions,
      share: 1,
      originalPositions: reader.optionalInteger("original_max_position_embeddings"),
    });
    const window = readWindow(reader, undefined);
    return llamaLike({
      facts,
      norm: rmsNormLayer(sizes.normEpsilon),
      attention: () => ({
        ...sizes,
        rope,
        window,
        bias: { qkv: false, output: false },
        project: fusedProjection("qkv_proj"),
      }),
      mlp: gatedMlp({ ...sizes, intermediateSize: reader.integer("intermediate_size"), fused: "gate_up_proj" }),
    });
  },
};
