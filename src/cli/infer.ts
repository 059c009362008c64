/** `tunesmith infer`: chat in the terminal, one prompt, or files of rows. */
import { join } from "node:path";
import { inferRecipe, type InferArgs, type Source } from "../recipes/index.ts";
import type { Context } from "./context.ts";
import { followPointer, readSavedArgs, textOrFile } from "./files.ts";
import { inheritedArgs, trainedFolder } from "./inherited.ts";
import { defineVerb } from "./verb.ts";

/** What training says about how the model wants to be asked. */
const inheritedKeys = ["system", "agent_template", "use_chat_template", "allow_config_keys"] as const;

const saved = (given: readonly Source[]): Promise<readonly Source[]> =>
  inheritedArgs(inferRecipe, given, inheritedKeys);

/** A given setting wins over what was taught; both are said, since answers may be other ones than in training. */
async function noteOthers(args: InferArgs, system: string | undefined, { stderr, paint }: Context): Promise<void> {
  const dir = trainedFolder(args.model, args.adapters);
  const taught = dir === undefined || !args.load_args ? undefined : await readSavedArgs(await followPointer(dir));
  if (taught === undefined) return;
  const asked = { system, agent_template: args.agent_template, use_chat_template: args.use_chat_template };
  for (const [key, value] of Object.entries(asked)) {
    const before = taught[key];
    if (before === undefined || before === null || value === before) continue;
    stderr.write(
      `${paint("dim", "note")}  asked with ${key} ${shown(value)}; it was trained with ${shown(before)}, which is taken when the flag is left out\n`,
    );
  }
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "none";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

async function run(args: InferArgs, context: Context): Promise<undefined> {
  const system = args.system === undefined ? undefined : await textOrFile(args.system);
  await noteOthers(args, system, context);
  const { loadAnswerer } = await import("./infer/load-answerer.ts");
  const { answerer, dir } = await loadAnswerer(args, context);
  try {
    if (args.prompt !== undefined) {
      const { answerPrompt } = await import("./infer/prompt.ts");
      await answerPrompt(answerer, { prompt: args.prompt, system, stream: args.stream ?? false }, context);
    } else if (args.val_dataset.length > 0) {
      const [{ answerRows }, { readQuestions }] = await Promise.all([
        import("./infer/batch.ts"),
        import("./infer/questions.ts"),
      ]);
      const rows = await readQuestions(args, context);
      const resultPath = args.result_path ?? join(dir, "infer_result.jsonl");
      await answerRows(
        answerer,
        rows,
        { system, resultPath, maxBatchSize: args.max_batch_size, strict: args.strict },
        context,
      );
    } else {
      const { runChat } = await import("./infer/chat.ts");
      await runChat(answerer, { system, stream: args.stream ?? true }, context);
    }
  } finally {
    await answerer.release();
  }
  return undefined;
}

export const inferVerb = defineVerb({
  recipe: inferRecipe,
  usage: "--model DIR [--prompt TEXT | --val-dataset FILE...] [--flags]",
  examples: (assets) => [
    `tunesmith infer --model ${join(assets, "stories260k")} --prompt 'Once upon a time' --use-chat-template false ` +
      "--max-new-tokens 60",
    "tunesmith infer --model runs/demo/last",
  ],
  saved,
  run,
});
