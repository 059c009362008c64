/** Adds a model card to what a tuner writes into a checkpoint. */
import { join } from "node:path";
import { packageVersion } from "../base/package-version.ts";
import { datasetNames } from "../data/dataset-names.ts";
import { writeFileAtomic } from "../formats/atomic.ts";
import type { LoadedModel } from "../models/load.ts";
import type { TrainingArgs } from "../recipes/sft.ts";
import { baseModelName, modelCard, readBaseCard, type CardFacts } from "../reports/model-card.ts";
import type { CheckpointOptions } from "./checkpoint.ts";
import type { ModelFiles } from "./tuner.ts";

export interface CardSource {
  readonly model: LoadedModel;
  readonly args: TrainingArgs;
  /** Whether checkpoints hold an adapter. */
  readonly adapter: boolean;
  readonly history: CheckpointOptions["history"];
}

export async function withModelCard(
  writeModel: ModelFiles["write"],
  { model, args, adapter, history }: CardSource,
): Promise<CheckpointOptions["writeModel"]> {
  const facts: CardFacts = {
    baseModel: baseModelName(model.dir, model.rawConfig["_name_or_path"]),
    inherited: await readBaseCard(model.dir),
    adapter,
    datasets: datasetNames(args.dataset),
    method: args.use_chat_template ? "sft" : "pt",
    version: packageVersion(),
    settings: { ...args },
  };
  return async (dir, parameters, step) => {
    await writeModel(dir, parameters);
    const text = modelCard(facts, { step, history: history() });
    await writeFileAtomic(join(dir, "README.md"), new TextEncoder().encode(text));
  };
}
