/**
 * What a model makes of rows, for `data check`: the steps of `sft` and `pt` up to the encoded sample, or those of
 * `infer` up to the prompt. What they would drop or refuse is told by file and line, with their words.
 */
import { isTunesmithError } from "../../base/errors.ts";
import type { RowLook } from "../../data/check-rows.ts";
import type { Row } from "../../data/row.ts";
import { completeSettings } from "../../generate/generation-config.ts";
import { checkPrompt } from "../../generate/sequence.ts";
import { loadModel, type LoadedModel } from "../../models/load.ts";
import { checkRowIds } from "../../models/token-ids.ts";
import type { DataCheckArgs } from "../../recipes/data-files.ts";
import { encodePrompt, type EncodeSampleOptions } from "../../text/encode.ts";
import { encodeOptions, withSystem } from "../../train/encode-options.ts";
import { encodeRow } from "../../train/encode-row.ts";
import { createPreflight } from "../../train/preflight.ts";
import type { Context } from "../context.ts";
import { followPointer, templateOptions, textOrFile } from "../files.ts";
import { hubReporter } from "../hub-reporter.ts";
import { questionErrors, questionOf } from "../infer/question.ts";

export interface ModelLook {
  readonly look: (row: Row) => RowLook;
  /** Why training would not start, once all rows have been looked at. */
  readonly problems: () => readonly string[];
}

export async function lookWithModel(
  args: DataCheckArgs & { readonly model: string },
  context: Context,
): Promise<ModelLook> {
  const reporter = hubReporter(context);
  const model = await loadModel(await followPointer(args.model), {
    allowConfigKeys: args.allow_config_keys,
    find: { ...reporter, revision: args.revision, signal: context.signal },
    ...(args.template === undefined ? {} : { template: await templateOptions(args.template) }),
  }).finally(reporter.end);
  // As infer does, of a model without a template alone: the texts as they are.
  const noTemplate = args.for === "infer" && args.template === undefined && model.tokenizer.chatTemplates.size === 0;
  const usesTemplate = args.use_chat_template && !noTemplate;
  const notices = usesTemplate ? model.template.notices : [];
  for (const notice of [...model.notices, ...model.tokenizer.notices, ...notices]) reporter.onNote(notice);
  const encode = await encodeOptions(model, { ...args, use_chat_template: usesTemplate });
  const system = args.system === undefined ? undefined : await textOrFile(args.system);
  return args.for === "infer"
    ? asPrompts(model, args, { encode, system })
    : asSamples(model, args, { encode, system, context });
}

interface Asked {
  readonly encode: EncodeSampleOptions;
  readonly system: string | undefined;
}

function asSamples(
  { tokenizer, config }: LoadedModel,
  { use_chat_template: usesTemplate }: DataCheckArgs,
  { encode, system, context: { signal } }: Asked & { readonly context: Context },
): ModelLook {
  const { vocabSize } = config;
  const preflight = createPreflight(encode);
  return {
    look: (given) => {
      const row = system === undefined ? given : withSystem(given, system);
      const encoded = encodeRow(row, { encode, vocabSize, signal });
      const { unread } = encoded;
      if (encoded.sample === undefined) return { unread, problem: encoded };
      try {
        checkRowIds([{ ids: encoded.sample.ids, origin: row.origin }], { vocabSize }, tokenizer);
      } catch (error) {
        if (!isTunesmithError(error, "E_MODEL_TOKEN")) throw error;
        const example = `${row.origin}: ${error.what} ${error.fix}`;
        return { unread, problem: { reason: "token ids outside of the model's embedding", example } };
      }
      preflight.add(row, encoded.sample);
      return { unread };
    },
    // Plain text may be cut anywhere, so that its end is never seen.
    problems: () =>
      preflight
        .problems()
        .filter(({ code }) => usesTemplate || (code !== "stop-never-trained" && code !== "no-stop-token"))
        .map(({ message }) => message),
  };
}

function asPrompts(model: LoadedModel, args: DataCheckArgs, { encode, system }: Asked): ModelLook {
  const { max_length: maxLength } = args;
  const settings = completeSettings(model, maxLength === undefined ? {} : { maxLength });
  return {
    look: ({ conversation, origin }) => {
      try {
        checkPrompt(model, encodePrompt(questionOf(conversation, system).conversation, encode), { settings });
        return { unread: [] };
      } catch (error) {
        const reason = isTunesmithError(error) ? questionErrors.get(error.code) : undefined;
        if (reason === undefined) throw error;
        return { unread: [], problem: { reason, example: `${origin}: ${(error as Error & { what: string }).what}` } };
      }
    },
    problems: () => [],
  };
}
