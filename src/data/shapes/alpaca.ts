/** Alpaca: instruction, optional input, output. The query is both, with a newline between when both are there. */
import { historyDraft } from "./query-response.ts";
import { systemDraft, type Shape } from "./shape.ts";

export const alpacaShape: Shape = {
  name: "alpaca",
  keys: ["instruction", "input", "output", "history", "system", "system_prompt"],
  matches: (row) => "instruction" in row && ("input" in row || "output" in row),
  draft: (row) => {
    const { instruction, input, output } = row;
    const both = typeof input === "string" && input !== "" && typeof instruction === "string" && instruction !== "";
    const query = both ? `${instruction}\n${input}` : instruction === "" ? input : instruction;
    return [
      ...systemDraft(row),
      ...historyDraft(row),
      { role: "user", content: query, field: "instruction" },
      ...(output === undefined ? [] : [{ role: "assistant", content: output, field: "output" }]),
    ];
  },
};
