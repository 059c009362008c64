/** How surprised a model is by the response of a conversation: asked of the scorer of the run, in batches. */
import { fail } from "../../../base/errors.ts";
import { strip } from "../text/python-strings.ts";
import type { OperatorTools } from "../tools.ts";
import { createBatcher } from "./batcher.ts";

/** Questions of one call. */
const BATCH = 16;

interface Asked {
  readonly prompt: string;
  readonly text: string;
}

/** Mean negative log-likelihood (nats) of a token of the last text after the others. @throws E_DATA_ROW, E_DATA_ENDPOINT */
export type Loss = (turns: readonly string[], origin: string) => Promise<number>;

/** @throws E_DATA_OPERATOR when the run has no scorer */
export function createLoss(operator: string, { score }: OperatorTools): Loss {
  if (score === undefined) {
    return fail("E_DATA_OPERATOR", {
      where: operator,
      what: "the run has no model that scores texts.",
      fix: "Name the folder of a checkpoint as the model of the run, or leave the operator out.",
    });
  }
  const ask = createBatcher<Asked, Awaited<ReturnType<typeof score>>[number]>(score, BATCH);
  return async (turns, origin) => {
    const asked = splitResponse(turns);
    if (asked.text === "") return failEmpty(origin);
    const { nll, tokens } = await ask(asked);
    return tokens === 0 ? failEmpty(origin) : nll;
  };
}

/**
 * All texts joined by spaces, as Data-Juicer writes them without a chat template, cut before the last. The space before
 * it is its own: most tokenizers write it into its first token.
 */
function splitResponse(turns: readonly string[]): Asked {
  const response = strip(turns.at(-1) ?? "");
  const all = strip(turns.join(" "));
  const prompt = all.slice(0, all.length - response.length).replace(/ $/, "");
  return { prompt, text: all.slice(prompt.length) };
}

function failEmpty(origin: string): never {
  return fail("E_DATA_ROW", {
    where: origin,
    what: "there is no response to score.",
    fix: "Correct the row, or name its columns with response_template.",
  });
}
