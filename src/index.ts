/**
 * Tunesmith as a library: the same verbs as the command line, as functions, and the pieces they are made of.
 *
 * @example
 * import { loadModel, sft } from "tunesmith";
 * const result = await sft({ model: "SmolLM2-135M", dataset: ["train.jsonl"], output_dir: "runs/demo" });
 * const model = await loadModel(result.lastCheckpoint);
 * const generator = await createGenerator(model, createNodeRuntime());
 * const prompt = encodePrompt({ messages: [{ role: "user", content: "Hello" }] }, model);
 * const [answer] = await generator.generate([prompt], { maxNewTokens: 50 });
 */
import type { RunAnalysisOptions } from "./cli/data/run-analysis.ts";
import type { RunRecipeOptions } from "./cli/data/run-recipe.ts";
import type { Analysis } from "./data/analyze/analysis.ts";
import type { ProcessReport } from "./data/engine/job.ts";
import type { DataAnalyzeInput, DataProcessInput } from "./recipes/data-arguments.ts";
import { objectSource } from "./recipes/entries.ts";
import { parseRecipe } from "./recipes/parse.ts";
import { ptRecipe } from "./recipes/pt.ts";
import { sftRecipe } from "./recipes/sft.ts";
import type { TrainingArguments } from "./recipes/training-arguments.ts";
import { adapterSources } from "./train/adapter-settings.ts";
import type { RunResult } from "./train/events.ts";
import { sft as runSft, type SftOptions } from "./train/sft.ts";

/**
 * Fine-tunes a model on conversations; adapters (tuner_type "lora") unless told otherwise.
 * @throws TunesmithError with code E_RECIPE_INVALID for wrong arguments, all named at once; else see train/sft.ts
 */
export async function sft(args: TrainingArguments, options: SftOptions = {}): Promise<RunResult> {
  const given = [objectSource(args, "sft")];
  return runSft(parseRecipe(sftRecipe, [...(await adapterSources(sftRecipe, given)), ...given]), options);
}

/** Continues pretraining on plain text: {@link sft} without a chat template, every token trained. */
export async function pt(args: TrainingArguments, options: SftOptions = {}): Promise<RunResult> {
  const given = [objectSource(args, "pt")];
  return runSft(parseRecipe(ptRecipe, [...(await adapterSources(ptRecipe, given)), ...given]), options);
}

/**
 * Runs a recipe of operators over files of rows, as `tunesmith data process`: the words of a recipe's keys, `process`
 * being its list. Prints nothing; files that could not be read whole are in `fileFaults` of the report.
 * @throws TunesmithError with code E_RECIPE_INVALID for wrong arguments, all named at once; else see cli/data/run-recipe.ts
 */
export async function dataProcess(args: DataProcessInput, options: RunRecipeOptions = {}): Promise<ProcessReport> {
  // With the table of all operators: training does without.
  const { dataProcessRecipe } = await import("./recipes/data-process.ts");
  const { runRecipe } = await import("./cli/data/run-recipe.ts");
  return runRecipe(parseRecipe(dataProcessRecipe, [objectSource(args, "dataProcess")]), options);
}

/**
 * Finds out what is in files of rows, as `tunesmith data analyze --json`: a page and a recipe are written only where
 * `report` and `suggest` name their files.
 * @throws TunesmithError with code E_RECIPE_INVALID for wrong arguments, all named at once; else see data/analyze/analyze.ts
 */
export async function dataAnalyze(args: DataAnalyzeInput, options: RunAnalysisOptions = {}): Promise<Analysis> {
  const { dataAnalyzeRecipe } = await import("./recipes/data-analyze.ts");
  const { runAnalysis } = await import("./cli/data/run-analysis.ts");
  const source = objectSource({ json: true, ...args }, "dataAnalyze");
  return runAnalysis(parseRecipe(dataAnalyzeRecipe, [source]), options);
}

export { TunesmithError, isTunesmithError } from "./base/errors.ts";
export type { Analysis } from "./data/analyze/analysis.ts";
export type { ProcessProgress, ProcessReport } from "./data/engine/job.ts";
export { createGenerator, type Generated, type GenerateOptions, type Generator } from "./generate/index.ts";
export { loadModel, type LoadedModel, type LoadModelOptions } from "./models/load.ts";
export { mergeLora, verifyMerge } from "./models/merge.ts";
export { createNodeRuntime } from "./runtime/node.ts";
export type { Runtime } from "./runtime/types.ts";
export { encodePrompt } from "./text/encode.ts";
export type { Conversation, Message } from "./text/message.ts";
export type { RunAnalysisOptions } from "./cli/data/run-analysis.ts";
export type { RunRecipeOptions } from "./cli/data/run-recipe.ts";
export type { DataAnalyzeInput, DataProcessInput } from "./recipes/data-arguments.ts";
export type { TrainingArguments } from "./recipes/training-arguments.ts";
export type {
  CheckpointEvent,
  CompileEvent,
  EvalEvent,
  RunPlan,
  RunResult,
  StepEvent,
  TrainEvents,
} from "./train/events.ts";
export type { SftOptions } from "./train/sft.ts";
