/** `tunesmith infer`: chat in the terminal, one prompt, or files of rows. */
import { join } from "node:path";
import { inferRecipe, peek, savedSource, type InferArgs, type Source } from "../recipes/index.ts";
import type { Context } from "./context.ts";
import { followPointer, readSavedArgs, textOrFile } from "./files.ts";
import { defineVerb } from "./verb.ts";

/** What training says about how the model wants to be asked. */
const inheritedKeys = ["system", "agent_template", "use_chat_template"] as const;

/** The folder that was trained: the adapter's, or the model's. */
const trainedFolder = (model: unknown, adapters: unknown): string | undefined => {
  const adapter: unknown = Array.isArray(adapters) ? adapters[0] : undefined;
  return [adapter, model].find((value) => typeof value === "string");
};

async function saved(given: readonly Source[]): Promise<readonly Source[]> {
  const dir = trainedFolder(peek(inferRecipe, given, "model"), peek(inferRecipe, given, "adapters"));
  if (dir === undefined || peek(inferRecipe, given, "load_args") === false) return [];
  const folder = await followPointer(dir);
  const args = await readSavedArgs(folder);
  if (args === undefined) return [];
  return [savedSource(Object.fromEntries(inheritedKeys.map((key) => [key, args[key]])), join(folder, "args.json"))];
}

async function run(args: InferArgs, context: Context): Promise<undefined> {
  const system = args.system === undefined ? undefined : await textOrFile(args.system);
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
      await answerRows(answerer, rows, { system, resultPath, maxBatchSize: args.max_batch_size }, context);
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
