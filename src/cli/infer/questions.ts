/** Rows of `--val-dataset` as conversations; what had to be dropped is said. */
import { loadRows } from "../../data/dataset.ts";
import type { InferArgs } from "../../recipes/index.ts";
import type { Conversation } from "../../text/message.ts";
import type { Context } from "../context.ts";

export async function readQuestions(args: InferArgs, { stderr, paint }: Context): Promise<readonly Conversation[]> {
  const { val_dataset, seed, strict, columns } = args;
  const { train, dropped } = await loadRows(val_dataset, { purpose: "infer", seed, strict, columns });
  for (const { reason, count, examples } of dropped) {
    stderr.write(`${paint("yellow", "dropped")}  ${count} rows: ${reason} (${examples[0]})\n`);
  }
  return train.map(({ conversation }) => conversation);
}
