/** A model and its generator as one thing that answers conversations, as the arguments of `infer` say. */
import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { createGenerator } from "../../generate/index.ts";
import { endIds, loadModel, type LoadedModel } from "../../models/index.ts";
import type { InferArgs } from "../../recipes/index.ts";
import { noteOnThreads } from "../../runtime/measure-threads.ts";
import { createNodeRuntime } from "../../runtime/node.ts";
import { agentTemplate, encodePrompt, type EncodeOptions } from "../../text/index.ts";
import type { Context } from "../context.ts";
import { followPointer, templateOptions } from "../files.ts";
import { hubReporter } from "../hub-reporter.ts";
import type { Answerer } from "./answerer.ts";
import { generationOf } from "./generation.ts";

export interface LoadedAnswerer {
  readonly answerer: Answerer;
  /** The folder that was asked for; results go there unless told otherwise. */
  readonly dir: string;
}

export async function loadAnswerer(args: InferArgs, context: Context): Promise<LoadedAnswerer> {
  const [adapter] = args.adapters;
  const dir = await followPointer(args.model ?? adapter ?? "");
  const reporter = hubReporter(context);
  const model = await loadModel(dir, {
    allowConfigKeys: args.allow_config_keys,
    allowOtherBase: args.allow_other_base,
    find: { ...reporter, revision: args.revision, signal: context.signal },
    adapters: args.model === undefined ? [] : await Promise.all(args.adapters.map(followPointer)),
    template: await templateOptions(args.template),
  }).finally(reporter.end);
  const usesTemplate =
    args.use_chat_template ?? (args.template !== undefined || model.tokenizer.chatTemplates.size > 0);
  const notices = [...model.notices, ...model.tokenizer.notices, ...(usesTemplate ? model.template.notices : [])];
  notices.push(...noteOnThreads(args.threads, availableParallelism()));
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
    check: (conversation) => generator.check(encodePrompt(conversation, encode), options),
    answer: async (conversations, { onText, signal, numbers } = {}) => {
      const prompts = conversations.map((conversation) => encodePrompt(conversation, encode));
      const generated = await generator.generate(prompts, {
        ...options,
        continues: !usesTemplate,
        ...(numbers === undefined ? { seed: args.seed + calls++ } : { seed: args.seed, sequenceNumbers: numbers }),
        ...(onText === undefined ? {} : { onText: (_, text) => onText(text) }),
        ...(signal === undefined ? {} : { signal }),
      });
      return generated.map(({ ids, text, finishReason }) => ({ text, tokens: ids.length, finishReason }));
    },
    release: generator.release,
  };
  // What was unpacked or downloaded lies in a cache, which is no place for results.
  const isFolder = (await stat(dir).catch(() => undefined))?.isDirectory() ?? false;
  return { answerer, dir: resolve(adapter !== undefined ? await followPointer(adapter) : isFolder ? dir : ".") };
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
