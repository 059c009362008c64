/** The table of model families. A new family is one file and one line here. */
import { apertus } from "./apertus.ts";
import { baichuan } from "./baichuan.ts";
import { bailingMoe } from "./bailing.ts";
import { bloom } from "./bloom.ts";
import { chatglm } from "./chatglm.ts";
import { cohere, cohere2 } from "./cohere.ts";
import { deepseek, deepseekV2, deepseekV3, glm4MoeLite, youtu } from "./deepseek.ts";
import { dots1 } from "./dots.ts";
import { ernie, ernieMoe } from "./ernie.ts";
import { exaone, exaone4 } from "./exaone.ts";
import { falcon } from "./falcon.ts";
import type { Family } from "./family.ts";
import { gemma, gemma2, gemma3 } from "./gemma.ts";
import { glm, glm4, glm4Moe } from "./glm.ts";
import { gptBigCode } from "./gpt-bigcode.ts";
import { gptNeox } from "./gpt-neox.ts";
import { gptOss } from "./gpt-oss.ts";
import { gpt2 } from "./gpt2.ts";
import { codegen, gptj } from "./gptj.ts";
import { granite, graniteMoe } from "./granite.ts";
import { hunyuan, hunyuanMoe, hyV3 } from "./hunyuan.ts";
import { internlm2 } from "./internlm2.ts";
import { llamaNamed } from "./llama-named.ts";
import { llama } from "./llama.ts";
import { minicpm, minicpm3 } from "./minicpm.ts";
import { ministral } from "./ministral.ts";
import { mistral } from "./mistral.ts";
import { minimaxM2, mixtral } from "./mixtral.ts";
import { mpt } from "./mpt.ts";
import { nemotron } from "./nemotron.ts";
import { olmo2, olmo3 } from "./olmo.ts";
import { olmoe } from "./olmoe.ts";
import { opt } from "./opt.ts";
import { persimmon } from "./persimmon.ts";
import { phi } from "./phi.ts";
import { phi3 } from "./phi3.ts";
import { qwen2Moe, qwen3Moe } from "./qwen-moe.ts";
import { qwen } from "./qwen.ts";
import { mimo, qwen2 } from "./qwen2.ts";
import { qwen3 } from "./qwen3.ts";
import { smollm3 } from "./smollm3.ts";
import { stablelm } from "./stablelm.ts";
import { starcoder2 } from "./starcoder2.ts";
import { telechat } from "./telechat.ts";
import { xglm } from "./xglm.ts";

export type { Family } from "./family.ts";

export const families: readonly Family[] = [
  apertus,
  baichuan,
  bailingMoe,
  bloom,
  chatglm,
  codegen,
  cohere,
  cohere2,
  deepseek,
  deepseekV2,
  deepseekV3,
  dots1,
  ernie,
  ernieMoe,
  exaone,
  exaone4,
  falcon,
  gemma,
  gemma2,
  gemma3,
  glm,
  glm4,
  glm4Moe,
  glm4MoeLite,
  gptBigCode,
  gptOss,
  gptj,
  gptNeox,
  gpt2,
  granite,
  graniteMoe,
  hunyuan,
  hunyuanMoe,
  hyV3,
  internlm2,
  llama,
  ...llamaNamed,
  ministral,
  mimo,
  minicpm,
  minicpm3,
  minimaxM2,
  mistral,
  mixtral,
  mpt,
  nemotron,
  olmo2,
  olmo3,
  olmoe,
  opt,
  persimmon,
  phi,
  phi3,
  qwen,
  qwen2,
  qwen2Moe,
  qwen3,
  qwen3Moe,
  smollm3,
  stablelm,
  starcoder2,
  telechat,
  xglm,
  youtu,
];

/** By `model_type`; by the first known architecture when that is absent. */
export function findFamily(modelType: unknown, architectures: unknown): Family | undefined {
  if (typeof modelType === "string") return families.find((family) => family.modelType === modelType);
  const names: readonly unknown[] = Array.isArray(architectures) ? architectures : [];
  const known = (family: Family, name: unknown): boolean => family.architectures.includes(name as string);
  // Newer versions of transformers save some families under Llama's class, beside their own model_type.
  return (
    families.find((family) => names.includes(family.architectures[0])) ??
    families.find((family) => names.some((name) => known(family, name)))
  );
}
