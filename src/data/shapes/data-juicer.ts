/**
 * Rows of Data-Juicer's post-tuning operators: system, instruction, query, response, history. Instruction and query
 * are what instruction and input are in Alpaca.
 */
import { alpacaShape } from "./alpaca.ts";
import type { RawObject, Shape } from "./shape.ts";

const asAlpaca = ({ query, response, ...row }: RawObject): RawObject => ({ ...row, input: query, output: response });

/** Problems are told in the words of the row. */
const words: Readonly<Record<string, string>> = { input: "query", output: "response" };

export const dataJuicerShape: Shape = {
  name: "data-juicer",
  keys: [...alpacaShape.keys, "query"],
  matches: (row) =>
    typeof row["instruction"] === "string" &&
    row["query"] !== undefined &&
    row["response"] !== undefined &&
    row["input"] === undefined,
  draft: (row, purpose) => {
    const drafts = alpacaShape.draft(asAlpaca(row), purpose);
    if ("reason" in drafts) return { ...drafts, field: words[drafts.field] ?? drafts.field };
    return drafts.map((draft) => ({
      ...draft,
      roleAt: words[draft.roleAt] ?? draft.roleAt,
      contentAt: words[draft.contentAt] ?? draft.contentAt,
    }));
  },
};
