/** A model and its generator as one thing that answers conversations, as the arguments of `infer` say. */
import { resolve } from "node:path";
import { createGenerator } from "../../generate/index.ts";
import { loadModel, type LoadedModel } from "../../models/index.ts";
import type { InferArgs } from "../../recipes/index.ts";
import { createNodeRuntime } from "../../runtime/node.ts";
import { agentTemplate, encodePrompt, type EncodeOptions } from "../../text/index.ts";
import type { Context } from "../context.ts";
import { followPointer, templateOptions } from "../files.ts";
import type { Answerer } from "./answerer.ts";
import { endIds, generationOf } from "./generation.ts";

export interface LoadedAnswerer {
  readonly answerer: Answerer;
  /** The folder that was asked for; results go there unless told otherwise. */
  readonly dir: string;
}

export async function loadAnswerer(args: InferArgs, context: Context): Promise<LoadedAnswerer> {
  const [adapter] = args.adapters;
  const dir = await followPointer(args.model ?? adapter ?? "");
  const model = await loadModel(dir, {
    adapters: args.model === undefined ? [] : await Promise.all(args.adapters.map(followPointer)),
    template: await templateOptions(args.template),
  });
  const usesTemplate =
    args.use_chat_template ?? (args.template !== undefined || model.tokenizer.chatTemplates.size > 0);
  const notices = [...model.tokenizer.notices, ...(usesTemplate ? model.template.notices : [])];
  for (const notice of notices) context.stderr.write(`${context.paint("dim", "note")}  ${notice}\n`);

  const agent = args.agent_template === undefined ? undefined : agentTemplate(args.agent_template);
  const encode: EncodeOptions = {
    tokenizer: model.tokenizer,
    useChatTemplate: usesTemplate,
    ...(usesTemplate ? { template: model.template } : {}),
    ...(agent === undefined ? {} : { agent }),
  };
  const runtime = createNodeRuntime({
    device: args.device === "auto" ? "cpu" : args.device,
    ...(args.threads === undefined ? {} : { threads: args.threads }),
  });
  const generator = await createGenerator(model, runtime, { maxBatch: args.max_batch_size });
  const options = {
    ...generationOf(args, model.generationConfig),
    stopIds: stopIdsOf(model, usesTemplate),
    stopStrings: [...args.stop_words, ...(usesTemplate ? model.template.stop.strings : []), ...(agent?.stops ?? [])],
    ...(args.max_new_tokens === undefined ? {} : { maxNewTokens: args.max_new_tokens }),
    ...(args.max_length === undefined ? {} : { maxLength: args.max_length }),
  };
  let calls = 0;
  const answerer: Answerer = {
    usesTemplate,
    answer: async (conversations, { onText, signal } = {}) => {
      const prompts = conversations.map((conversation) => encodePrompt(conversation, encode));
      const generated = await generator.generate(prompts, {
        ...options,
        // Draws are addressed by seed and place in the group: each group gets draws of its own.
        seed: args.seed + calls++,
        ...(onText === undefined ? {} : { onText: (_, text) => onText(text) }),
        ...(signal === undefined ? {} : { signal }),
      });
      return generated.map(({ ids, text, finishReason }) => ({ text, tokens: ids.length, finishReason }));
    },
    release: generator.release,
  };
  return { answerer, dir: resolve(adapter === undefined ? dir : await followPointer(adapter)) };
}

/** Whatever may end an answer: the template's end of turn, both configs, the tokenizer. */
function stopIdsOf(model: LoadedModel, usesTemplate: boolean): readonly number[] {
  const { eosId } = model.tokenizer;
  const template = usesTemplate ? model.template.stop.ids : [];
  return [
    ...new Set([
      ...template,
      ...endIds(model.generationConfig),
      ...model.config.eosTokenIds,
      ...(eosId === undefined ? [] : [eosId]),
    ]),
  ];
}
