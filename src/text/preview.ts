/** One sample as text with its trained tokens marked, to be looked at before a run starts. */
import { visible } from "../base/visible.ts";
import { IGNORE } from "./message.ts";
import type { EncodedSample } from "./encode.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** "trained" has weight 1, "weighted" another one; "plain" is not trained. */
export type PreviewStyle = "plain" | "trained" | "weighted" | "note";

export interface PreviewOptions {
  readonly tokenizer: Tokenizer;
  /** Colours a text; for a terminal `util.styleText`, for plain text something visible such as brackets. */
  readonly style: (style: PreviewStyle, text: string) => string;
  /** Longer samples are shortened in the middle. Default 512 tokens. */
  readonly maxTokens?: number;
}

interface Run {
  style: PreviewStyle;
  ids: number[];
}

/** The whole sample, special tokens included, ending with a line of counts. */
export function previewSample(sample: EncodedSample, { tokenizer, style, maxTokens = 512 }: PreviewOptions): string {
  const { ids, labels, weights } = sample;
  const half = Math.floor(maxTokens / 2);
  const hidden = ids.length > maxTokens ? [half, ids.length - half] : [ids.length, ids.length];
  const [from = ids.length, to = ids.length] = hidden;
  const runs = [...runsOf(0, from), ...(to > from ? [undefined] : []), ...runsOf(to, ids.length)];
  const text = runs.map((run) =>
    run === undefined
      ? style("note", ` ... ${to - from} tokens ... `)
      : style(run.style, visible(tokenizer.decode(run.ids, { skipSpecialTokens: false }))),
  );
  const trained = labels.filter((label) => label !== IGNORE).length;
  return `${text.join("")}\n${style("note", `${ids.length} tokens, ${trained} trained`)}`;

  function runsOf(start: number, end: number): Run[] {
    const found: Run[] = [];
    for (let i = start; i < end; i++) {
      const kind = labels[i] === IGNORE ? "plain" : (weights?.[i] ?? 1) === 1 ? "trained" : "weighted";
      const last = found.at(-1);
      if (last?.style === kind) last.ids.push(ids[i] as number);
      else found.push({ style: kind, ids: [ids[i] as number] });
    }
    return found;
  }
}
