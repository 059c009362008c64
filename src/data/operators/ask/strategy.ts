/** How a question is put: straight, with thinking first, with examples, or both. Data-Juicer: InferenceStrategy. */
import * as z from "zod";
import { arg } from "../args.ts";
import type { Sample } from "../sample.ts";

export const strategyArgs = {
  strategy: arg(
    z.enum(["direct", "cot", "few_shot", "cot_shot"]).default("direct"),
    "Asks straight, with thinking first (cot), with examples (few_shot), or both.",
  ),
  examples: arg(z.string().optional(), "Examples for few_shot and cot_shot."),
  knowledge_grounding_key: arg(z.string().min(1).optional(), "Column of what the model should know."),
  knowledge_grounding_fixed: arg(z.string().optional(), "What the model should know, the same for all rows."),
} as const;

type StrategyArgs = z.output<z.ZodObject<typeof strategyArgs>>;

export const thinksFirst = ({ strategy }: StrategyArgs): boolean => strategy.startsWith("cot");

/** What stands before the question itself: what the model should know, and examples. */
export function preamble(args: StrategyArgs, sample: Sample): string {
  const { strategy, examples = "", knowledge_grounding_fixed: fixed, knowledge_grounding_key: key } = args;
  const column = key === undefined ? undefined : sample.field(key);
  const known = fixed || (column === undefined || column === null ? "" : String(column));
  return (
    (known === "" ? "" : `# What is known\n${known}\n\n`) +
    (strategy.endsWith("shot") && examples !== "" ? `# Examples\n${examples}\n\n` : "")
  );
}
