/** Alpaca: instruction, input, output. The query is both, with a newline between when both are there. */
import { historyDraft, responseDraft, responseKeys, textKeys } from "./query-response.ts";
import { isProblem, systemDraft, systemKeys, type DraftMessage, type RawObject, type Shape } from "./shape.ts";

export const alpacaShape: Shape = {
  name: "alpaca",
  keys: ["instruction", "input", ...responseKeys, ...textKeys, "history", ...systemKeys],
  matches: (row) => row["instruction"] !== undefined && row["input"] !== undefined && row["query"] === undefined,
  draft: (row, purpose) => {
    const history = historyDraft(row);
    if (isProblem(history)) return history;
    // `output` is the name of this shape, and wins here.
    const answer = row["output"] === undefined ? row : { response: row["output"] };
    const response = responseDraft(answer, purpose);
    if (isProblem(response)) return response;
    return [
      ...systemDraft(row),
      ...history,
      { role: "user", ...query(row) },
      ...(response as readonly DraftMessage[]).map((draft) =>
        answer === row ? draft : { ...draft, roleAt: "output", contentAt: "output" },
      ),
    ];
  },
};

function query({ instruction, input }: RawObject): Pick<DraftMessage, "content" | "roleAt" | "contentAt"> {
  const at = (key: string, content: unknown) => ({ content, roleAt: key, contentAt: key });
  if (instruction === "" || instruction === null) return at("input", input);
  if (input === "" || input === null) return at("instruction", instruction);
  if (typeof instruction !== "string") return at("instruction", instruction);
  if (typeof input !== "string") return at("input", input);
  return at("instruction", `${instruction}\n${input}`);
}
