/** Prompts to the arrays of a cached decoder: padded on the left, so that all rows go on at the same place. */
import { internal } from "../base/errors.ts";

export interface PromptBatch {
  readonly batch: number;
  readonly time: number;
  /** [batch, time] */
  readonly inputIds: Int32Array;
  /** [batch, time]; 0 at the first token of the prompt, and on padding. */
  readonly positions: Int32Array;
  /** [batch, time]; 1 for tokens, 0 for padding. */
  readonly mask: Int32Array;
}

export function collatePrompts(
  prompts: readonly ArrayLike<number>[],
  { padId }: { readonly padId: number },
): PromptBatch {
  const batch = prompts.length;
  const time = prompts.reduce((longest, { length }) => Math.max(longest, length), 0);
  if (time === 0) internal("collatePrompts needs prompts with tokens");
  const inputIds = new Int32Array(batch * time).fill(padId);
  const positions = new Int32Array(batch * time);
  const mask = new Int32Array(batch * time);
  for (const [b, prompt] of prompts.entries()) {
    const start = b * time + time - prompt.length;
    for (let i = 0; i < prompt.length; i++) {
      inputIds[start + i] = prompt[i] as number;
      positions[start + i] = i;
      mask[start + i] = 1;
    }
  }
  return { batch, time, inputIds, positions, mask };
}
