/**
 * Which token ids end an answer, and how a checkpoint says so. A model that was taught a chat template ends its turns
 * with that template's token; transformers, vLLM and others stop at `eos_token_id` of generation_config.json alone, so
 * a saved checkpoint names both.
 */
import { isTunesmithError } from "../base/errors.ts";
import type { ChatTemplate } from "../text/chat-template.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { JsonObject } from "./config-reader.ts";
import type { Facts } from "./model.ts";

interface Source {
  readonly config: Pick<Facts, "eosTokenIds" | "bosTokenId" | "padTokenId" | "vocabSize">;
  readonly generationConfig: JsonObject | undefined;
}

/** `eos_token_id` of generation_config.json: one id, several or none. */
export function endIds(file: JsonObject | undefined): readonly number[] {
  const ids = file?.["eos_token_id"];
  return (Array.isArray(ids) ? ids : [ids]).filter((id): id is number => typeof id === "number");
}

/** Ids that end a turn of the checkpoint's own chat template; none without one, or when it cannot be rendered. */
export function templateStopIds(model: {
  readonly tokenizer: Pick<Tokenizer, "chatTemplates">;
  readonly template?: Pick<ChatTemplate, "stop">;
}): readonly number[] {
  // Tokenizers that are stand-ins have no templates.
  if (((model.tokenizer.chatTemplates as ReadonlyMap<string, unknown> | undefined)?.size ?? 0) === 0) return [];
  try {
    return model.template?.stop.ids ?? [];
  } catch (error) {
    // A template that cannot be rendered ends no turns; who renders with it is told.
    if (isTunesmithError(error)) return [];
    throw error;
  }
}

/**
 * generation_config.json for a checkpoint whose answers end with one of `stops`: as it was, with these ids added to
 * those that ended an answer before. The very same object when nothing is to be added.
 */
export function withStopIds(model: Source, stops: readonly number[]): JsonObject | undefined {
  const { config, generationConfig: file } = model;
  const named = endIds(file);
  const before = named.length > 0 ? named : config.eosTokenIds;
  const all = [...new Set([...before, ...stops.filter((id) => id < config.vocabSize)])];
  if (all.length === before.length) return file;
  const beside =
    file ??
    Object.fromEntries(
      Object.entries({ bos_token_id: config.bosTokenId, pad_token_id: config.padTokenId }).filter(
        ([, id]) => id !== undefined,
      ),
    );
  return { ...beside, eos_token_id: all.length === 1 ? all[0] : all };
}

/** What to say once, when the saved generation_config.json names ids that the base's does not. */
export function noteStopIds(
  model: Source & { readonly tokenizer: Pick<Tokenizer, "idToToken"> },
  stops: readonly number[],
): readonly string[] {
  const saved = withStopIds(model, stops);
  if (saved === model.generationConfig) return [];
  const named = endIds(model.generationConfig);
  const before = named.length > 0 ? named : model.config.eosTokenIds;
  const added = endIds(saved).filter((id) => !before.includes(id));
  const shown = added.map((id) => `${id} (${JSON.stringify(model.tokenizer.idToToken(id) ?? "")})`).join(", ");
  return [
    `answers end with token ${shown}, which the base model's eos_token_id (${before.join(", ") || "none"}) lacks: checkpoints ` +
      `say "eos_token_id": ${JSON.stringify(saved?.["eos_token_id"])} in generation_config.json; a program that puts the ` +
      `adapter on the base itself has to be told`,
  ];
}
