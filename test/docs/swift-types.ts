/**
 * The language types of ms-swift 4.6 (LLMModelType in swift/model/constant.py): by which family each loads, or why not.
 * docs.test.ts reads a config.json of each that loads.
 */

export interface SwiftType {
  readonly type: string;
  /** `model_type` of config.json and the class that ms-swift names. */
  readonly loads?: readonly [modelType: string, architecture: string];
  readonly reason?: string;
}

const llama = ["llama", "LlamaForCausalLM"] as const;
const mistral = ["mistral", "MistralForCausalLM"] as const;
const mixtral = ["mixtral", "MixtralForCausalLM"] as const;
const qwen = ["qwen", "QWenLMHeadModel"] as const;
const qwen3 = ["qwen3", "Qwen3ForCausalLM"] as const;
const chatglm = ["chatglm", "ChatGLMModel"] as const;
const minicpm = ["minicpm", "MiniCPMForCausalLM"] as const;
const cohere = ["cohere", "CohereForCausalLM"] as const;

const loaded: Readonly<Record<string, readonly [string, string]>> = {
  qwen,
  qwen2: ["qwen2", "Qwen2ForCausalLM"],
  qwen2_moe: ["qwen2_moe", "Qwen2MoeForCausalLM"],
  qwen3,
  qwen3_moe: ["qwen3_moe", "Qwen3MoeForCausalLM"],
  qwen3_emb: qwen3,
  qwen3_reranker: qwen3,
  codefuse_qwen: qwen,
  modelscope_agent: qwen,
  llama,
  yi: llama,
  gpt_oss: ["gpt_oss", "GptOssForCausalLM"],
  seed_oss: ["seed_oss", "SeedOssForCausalLM"],
  codefuse_codellama: llama,
  chatglm2: chatglm,
  chatglm3: chatglm,
  chatglm4: chatglm,
  glm4: ["glm4", "Glm4ForCausalLM"],
  glm4_moe: ["glm4_moe", "Glm4MoeForCausalLM"],
  glm4_moe_lite: ["glm4_moe_lite", "Glm4MoeLiteForCausalLM"],
  glm_edge: ["glm", "GlmForCausalLM"],
  codefuse_codegeex2: chatglm,
  codegeex4: chatglm,
  internlm: ["internlm", "InternLMForCausalLM"],
  internlm2: ["internlm2", "InternLM2ForCausalLM"],
  internlm3: ["internlm3", "InternLM3ForCausalLM"],
  deepseek: ["deepseek", "DeepseekForCausalLM"],
  deepseek_v2: ["deepseek_v2", "DeepseekV2ForCausalLM"],
  deepseek_v3: ["deepseek_v3", "DeepseekV3ForCausalLM"],
  openbuddy_llama: llama,
  openbuddy_mistral: mistral,
  openbuddy_mixtral: mixtral,
  baichuan: ["baichuan", "BaiChuanForCausalLM"],
  baichuan2: ["baichuan", "BaichuanForCausalLM"],
  minicpm,
  minicpm_chatml: minicpm,
  minicpm3: ["minicpm3", "MiniCPM3ForCausalLM"],
  minicpm_moe: minicpm,
  telechat: ["telechat", "TelechatForCausalLM"],
  telechat2: ["telechat", "TeleChat2ForCausalLM"],
  mistral,
  devstral: mistral,
  zephyr: mistral,
  mixtral,
  mistral_nemo: mistral,
  mistral_2501: mistral,
  wizardlm2: mistral,
  wizardlm2_moe: mixtral,
  phi2: ["phi", "PhiForCausalLM"],
  phi3: ["phi3", "Phi3ForCausalLM"],
  phi4: ["phi3", "Phi3ForCausalLM"],
  minimax_m2: ["minimax_m2", "MiniMaxM2ForCausalLM"],
  gemma: ["gemma", "GemmaForCausalLM"],
  gemma2: ["gemma2", "Gemma2ForCausalLM"],
  gemma3_text: ["gemma3_text", "Gemma3ForCausalLM"],
  skywork: ["skywork", "SkyworkForCausalLM"],
  ling: ["bailing_moe", "BailingMoeForCausalLM"],
  bailing_moe: ["bailing_moe", "BailingMoeV2ForCausalLM"],
  orion: ["orion", "OrionForCausalLM"],
  xverse: ["xverse", "XverseForCausalLM"],
  seggpt: ["bloom", "BloomForCausalLM"],
  c4ai: cohere,
  polylm: ["gpt2", "GPT2LMHeadModel"],
  aya: cohere,
  mimo: ["mimo", "MiMoForCausalLM"],
  dots1: ["dots1", "Dots1ForCausalLM"],
  hunyuan: ["hunyuan_v1_moe", "HunYuanMoEV1ForCausalLM"],
  hunyuan_v1_dense: ["hunyuan_v1_dense", "HunYuanDenseV1ForCausalLM"],
  hy_v3: ["hy_v3", "HYV3ForCausalLM"],
  ernie4_5: ["ernie4_5", "Ernie4_5_ForCausalLM"],
  ernie4_5_moe: ["ernie4_5_moe", "Ernie4_5_MoeForCausalLM"],
  iquestcoder: ["iquestcoder", "IQuestCoderForCausalLM"],
  youtu_llm: ["youtu", "YoutuForCausalLM"],
  olmoe: ["olmoe", "OlmoeForCausalLM"],
  generic_decision: llama,
};

const encoder = "an encoder; there are decoders alone";
const others: Readonly<Record<string, string>> = {
  qwen3_next: "gated delta net: a state that runs along the tokens",
  qwen2_gte: "its own code attends in both directions",
  glm_moe_dsa: "attention to the keys that an indexer picks",
  deepseek_v32: "attention to the keys that an indexer picks",
  deepseek_v4: "attention to the keys that an indexer picks",
  baichuan_m1: "convolutions over keys and values",
  xing4_0: "its definition was not looked at",
  phi3_small: "block-sparse attention",
  phi3_moe: "a router of its own, SparseMixer",
  minimax: "lightning attention: a state that runs along the tokens",
  minimax_m1: "lightning attention: a state that runs along the tokens",
  bailing_hybrid: "linear attention: a state that runs along the tokens",
  yuan2: "convolutions before attention",
  xverse_moe: "a mixture of experts under the names of the dense model, not compared",
  bluelm: "a norm after the embedding, not compared",
  dbrx: "experts stored in one matrix, clipped queries, not compared",
  grok: "norms and scales of its own, not compared",
  mamba: "a state that runs along the tokens",
  nemotron_h: "a state that runs along the tokens",
  gemma_emb: encoder,
  longchat: "two attentions in a layer and experts that compute nothing",
  spark2_5: "its definition was not looked at",
  modern_bert_gte_reranker: encoder,
  bge_reranker: encoder,
};

export const swiftTypes: readonly SwiftType[] = [
  ...Object.entries(loaded).map(([type, loads]) => ({ type, loads })),
  ...Object.entries(others).map(([type, reason]) => ({ type, reason })),
].sort((a, b) => (a.type < b.type ? -1 : 1));
