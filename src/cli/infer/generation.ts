/**
 * Flags and generation_config.json as one set of generation options. A flag wins over the file. As in transformers,
 * nothing is sampled unless the file says do_sample, or a flag asks for it by naming a temperature, top_k, top_p
 * or min_p; and as in ms-swift, --temperature 0 never samples.
 */
import type { JsonObject } from "../../models/index.ts";
import type { InferArgs } from "../../recipes/index.ts";

export interface Generation {
  /** 0 takes the likeliest token. */
  readonly temperature: number;
  /** 0 for all. */
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly repetitionPenalty: number;
}

export function generationOf(args: InferArgs, file: JsonObject | undefined): Generation {
  const numberOf = (key: string): number | undefined => {
    const value = file?.[key];
    return typeof value === "number" ? value : undefined;
  };
  const asked = [args.temperature, args.top_k, args.top_p, args.min_p].some((value) => value !== undefined);
  const samples = args.temperature === 0 ? false : asked || file?.["do_sample"] === true;
  return {
    temperature: samples ? (args.temperature ?? numberOf("temperature") ?? 1) : 0,
    topK: args.top_k ?? numberOf("top_k") ?? 0,
    topP: args.top_p ?? numberOf("top_p") ?? 1,
    minP: args.min_p ?? numberOf("min_p") ?? 0,
    repetitionPenalty: args.repetition_penalty ?? numberOf("repetition_penalty") ?? 1,
  };
}
