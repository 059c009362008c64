/** Rows of `--val-dataset` as conversations; what had to be dropped is said. */
import { loadRows } from "../../data/dataset.ts";
import { describeUnread } from "../../data/tally.ts";
import type { InferArgs } from "../../recipes/index.ts";
import type { Row } from "../../data/row.ts";
import type { Context } from "../context.ts";

export async function readQuestions(args: InferArgs, { stderr, paint }: Context): Promise<readonly Row[]> {
  const { val_dataset, seed, strict, columns } = args;
  const onNote = (text: string): void => void stderr.write(`${paint("dim", text)}\n`);
  const { train, dropped, unread } = await loadRows(val_dataset, { purpose: "infer", seed, strict, columns, onNote });
  for (const { reason, count, examples } of dropped) {
    stderr.write(`${paint("yellow", "dropped")}  ${count} rows: ${reason} (${examples[0]})\n`);
  }
  const told = describeUnread(unread);
  if (told !== undefined) stderr.write(`${paint("dim", "note")}  ${told}\n`);
  return train;
}
