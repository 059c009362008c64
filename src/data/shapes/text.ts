/** A text alone: pretraining. It becomes one assistant message, all of which is trained. */
import type { Shape } from "./shape.ts";
import { queryKeys, responseKeys } from "./query-response.ts";

export const textShape: Shape = {
  name: "text",
  keys: ["text", ...responseKeys],
  matches: (row) => responseKeys.some((key) => typeof row[key] === "string") && !queryKeys.some((key) => key in row),
  draft: (row) => {
    const key = typeof row["text"] === "string" ? "text" : responseKeys.find((name) => typeof row[name] === "string");
    return [{ role: "assistant", content: row[key ?? "text"], field: key ?? "text" }];
  },
};
