/** Mean loss of a model, as it lies in its folder, over rows of text: what training reports, worked out anew. */
import { internal } from "../../base/errors.ts";
import { loadRows } from "../../data/dataset.ts";
import { createForward, type LoadedModel } from "../../models/index.ts";
import type { Runtime } from "../../runtime/types.ts";
import { encodeConversation, IGNORE, isDropped, parseLossScale } from "../../text/index.ts";

/** -log softmax(logits)[label] in nats. */
export function tokenLoss(logits: Float32Array, label: number): number {
  const most = logits.reduce((high, value) => Math.max(high, value), -Infinity);
  const sum = logits.reduce((total, value) => total + Math.exp(value - most), 0);
  return most + Math.log(sum) - (logits[label] ?? internal("a label beyond the vocabulary"));
}

/** Nats per token, over the first `maxLength` tokens of each row. */
export async function heldOutLoss(
  runtime: Runtime,
  model: LoadedModel,
  file: string,
  maxLength: number,
): Promise<number> {
  const { tokenizer, config } = model;
  const { train } = await loadRows([file], { purpose: "pt", seed: 0, strict: true });
  const options = {
    tokenizer,
    useChatTemplate: false,
    lossScale: parseLossScale("all"),
    maxLength,
    truncation: "right",
  } as const;
  const samples = train.map(({ conversation }) => encodeConversation(conversation, options));
  const forward = await createForward(runtime, model);
  let sum = 0;
  let count = 0;
  for (const sample of samples) {
    if (isDropped(sample)) continue;
    const [row = internal("no logits")] = await forward.logits([sample.ids]);
    for (const [at, label] of sample.labels.entries()) {
      if (label === IGNORE || at === 0) continue;
      sum += tokenLoss(row.subarray((at - 1) * config.vocabSize, at * config.vocabSize), label);
      count++;
    }
  }
  await forward.release();
  return sum / count;
}
