/** `tunesmith merge-lora`: an adapter and its base model into one checkpoint, then a proof that both say the same. */
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { packageVersion } from "../base/package-version.ts";
import { datasetNames } from "../data/dataset-names.ts";
import { writeFileAtomic } from "../formats/atomic.ts";
import { readRegularText } from "../formats/read-file.ts";
import type { LoadedModel } from "../models/load.ts";
import { mergeLoraRecipe } from "../recipes/merge-lora.ts";
import { peek, savedSource, type MergeLoraArgs, type Source } from "../recipes/index.ts";
import type { Context } from "./context.ts";
import { followPointer, readSavedArgs } from "./files.ts";
import { hubReporter } from "./hub-reporter.ts";
import { formatLoss } from "../reports/format.ts";
import { mergedCard, type MergedCardFacts } from "../reports/merged-card.ts";
import { baseModelName, readBaseCard } from "../reports/model-card.ts";
import { defineVerb } from "./verb.ts";

async function run(args: MergeLoraArgs, context: Context): Promise<undefined> {
  const { stderr, stdout, paint } = context;
  const adapter = await followPointer(args.adapters[0] ?? "");
  const [{ loadModel, mergeLora, refuseDifference, storedDType, verifyMerge }, { createNodeRuntime }] =
    await Promise.all([import("../models/index.ts"), import("../runtime/node.ts")]);
  const reporter = hubReporter(context);
  const model = await loadModel(adapter, {
    allowConfigKeys: args.allow_config_keys,
    allowOtherBase: args.allow_other_base,
    find: { ...reporter, revision: args.revision, signal: context.signal },
    ...(args.model === undefined ? {} : { baseModel: args.model }),
  }).finally(reporter.end);
  stderr.write(`${paint("dim", "merging")}  ${adapter} into ${model.dir}\n`);
  for (const notice of model.notices) stderr.write(`${paint("dim", "note")}  ${notice}\n`);
  const dtype = args.torch_dtype ?? storedDType(model);
  const card = await cardFacts(model, await realpath(model.adapter?.dir ?? adapter));
  await mergeLora(model, args.output_dir, {
    dtype,
    overwrite: args.overwrite_output_dir,
    check: async (dir) => {
      const check = await verifyMerge(createNodeRuntime({ device: "cpu" }), model, dir);
      refuseDifference(check, dtype, args.output_dir);
      stderr.write(
        `${paint("dim", "verified")}  largest difference of a logit ${formatLoss(check.maxDifference)} ` +
          `(logits reach ${formatLoss(check.maxLogit)}), same next token in ` +
          `${(100 * check.greedyAgreement).toFixed(1)}% of ${check.tokens} places\n`,
      );
      const text = mergedCard({ ...card, dtype, check });
      await writeFileAtomic(join(dir, "README.md"), new TextEncoder().encode(text));
    },
  });
  stdout.write(`${args.output_dir}\n`);
  return undefined;
}

/** What the card says beside the check. */
async function cardFacts(model: LoadedModel, adapter: string): Promise<Omit<MergedCardFacts, "dtype" | "check">> {
  const config = await readRegularText(join(adapter, "adapter_config.json"), { code: "E_CLI_INPUT", limit: 2 ** 24 });
  const { dataset } = (await readSavedArgs(adapter)) ?? {};
  const parts = adapter.split(/[\\/]/);
  return {
    baseModel: baseModelName(model.dir, model.rawConfig["_name_or_path"]),
    inherited: await readBaseCard(model.dir),
    // checkpoint-40 says little without the name of its run.
    adapter: parts.slice(/^checkpoint-\d+$/.test(parts.at(-1) ?? "") ? -2 : -1).join("/"),
    adapterConfig: JSON.parse(config) as Readonly<Record<string, unknown>>,
    datasets: Array.isArray(dataset) ? datasetNames(dataset.map(String)) : [],
    version: packageVersion(),
  };
}

/** What training had to be allowed to load the base; its revision, where the adapter names the base. */
async function saved(given: readonly Source[]): Promise<readonly Source[]> {
  const adapters = peek(mergeLoraRecipe, given, "adapters");
  const [adapter] = Array.isArray(adapters) ? (adapters as readonly unknown[]) : [];
  if (typeof adapter !== "string") return [];
  const folder = await followPointer(adapter);
  const { allow_config_keys, revision } = (await readSavedArgs(folder)) ?? {};
  const named = peek(mergeLoraRecipe, given, "model") === undefined ? { revision } : {};
  return [savedSource({ allow_config_keys, ...named }, join(folder, "args.json"))];
}

export const mergeLoraVerb = defineVerb({
  recipe: mergeLoraRecipe,
  saved,
  usage: "--adapters DIR [--flags]",
  examples: () => ["tunesmith merge-lora --adapters runs/demo/last --output-dir merged"],
  run,
});
