/**
 * A text alone: pretraining. It becomes one assistant message, all of which is trained.
 *
 * Under a name that means a response (`answer`, `output`) it is only taken as text when rows are for pretraining.
 * In fine-tuning such a row has lost its query, most likely to a mistyped column.
 */
import { responseKeys, textKeys } from "./query-response.ts";
import { columnsOf, exampleMapping, firstKey, type Shape } from "./shape.ts";

export const textShape: Shape = {
  name: "text",
  keys: [...textKeys, ...responseKeys],
  matches: (row) => firstKey(row, [...textKeys, ...responseKeys]) !== undefined,
  draft: (row, purpose) => {
    const answer = firstKey(row, [...responseKeys, "completion"]);
    if (answer !== undefined && purpose !== "pt") {
      return {
        field: "query",
        reason: "a response without a query",
        what: `there is a response (${answer}) but no query; the columns are ${columnsOf(row)}.`,
        fix: exampleMapping(row, [...responseKeys, "completion", "id"], "query"),
      };
    }
    const key = firstKey(row, [...textKeys, ...responseKeys]) ?? "text";
    return [{ role: "assistant", content: row[key], roleAt: key, contentAt: key }];
  },
};
