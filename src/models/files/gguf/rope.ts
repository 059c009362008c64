/**
 * Scaled rotary embedding of GGUF files as `rope_scaling` of config.json. Linear and yarn are keys; Llama 3's is a
 * tensor of divisors, one for each pair of a head, from which its four numbers are found again.
 */
import { fail } from "../../../base/errors.ts";
import type { JsonObject } from "../../config-reader.ts";
import type { GgufMetadata } from "./metadata.ts";

/** The tensor of Llama 3's divisors. */
export const ROPE_FREQUENCIES = "rope_freqs.weight";

export function readRopeScaling(metadata: GgufMetadata, headDim: number): JsonObject {
  const { path, tensors } = metadata;
  const type = metadata.optionalText(".rope.scaling.type");
  const factor = metadata.optionalNumber(".rope.scaling.factor") ?? metadata.optionalNumber(".rope.scale_linear");
  if (tensors.has(ROPE_FREQUENCIES)) {
    const shape = tensors.get(ROPE_FREQUENCIES)?.shape ?? [];
    if (shape.length !== 1 || shape[0] !== headDim / 2) {
      fail("E_GGUF", {
        where: path,
        what: `${ROPE_FREQUENCIES} has ${shape.join(" x ")} numbers, wants ${headDim / 2}.`,
      });
    }
    return {};
  }
  if (type === "none" || (type === undefined && (factor === undefined || factor === 1))) return {};
  if (type === undefined || type === "linear") {
    return factor === undefined || factor === 1 ? {} : { rope_scaling: { rope_type: "linear", factor } };
  }
  if (type === "yarn") {
    return {
      rope_scaling: {
        rope_type: "yarn",
        factor: factor ?? 1,
        original_max_position_embeddings:
          metadata.optionalNumber(".rope.scaling.original_context_length") ?? metadata.number(".context_length"),
      },
    };
  }
  return fail("E_GGUF", { where: path, what: `rotary embedding of the kind ${JSON.stringify(type)} cannot be read.` });
}

/** What the published models of Llama 3.1 to 3.3 and their tunes share. */
const llama3 = { low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 } as const;

/** Llama 3's `rope_scaling` from the divisors in the file, or a refusal when they are not made so. */
export function llama3Scaling(path: string, divisors: Float32Array, theta: number): JsonObject {
  const factor = divisors.reduce((most, value) => Math.max(most, value), 0);
  if (factor === 1 && divisors.every((value) => value === 1)) return {};
  const low = llama3.original_max_position_embeddings / llama3.low_freq_factor;
  const high = llama3.original_max_position_embeddings / llama3.high_freq_factor;
  const fits = divisors.every((value, i) => {
    const length = 2 * Math.PI * theta ** (i / divisors.length);
    const share =
      (llama3.original_max_position_embeddings / length - llama3.low_freq_factor) /
      (llama3.high_freq_factor - llama3.low_freq_factor);
    const wanted = length < high ? 1 : length > low ? factor : 1 / ((1 - share) / factor + share);
    return Math.abs(value - wanted) <= 1e-4 * wanted;
  });
  if (fits) return { rope_scaling: { rope_type: "llama3", factor, ...llama3 } };
  return fail("E_GGUF", {
    where: path,
    what: `the frequencies in ${ROPE_FREQUENCIES} are not those of Llama 3, so config.json cannot say them.`,
  });
}
