/** One summary of many texts: groups of them are summed up, then the summaries, until one is left. */
import type { Ask } from "../ask/ask.ts";
import { system, unusable, usable, user } from "../ask/ask.ts";
import { groupsUnder } from "../ask/batch.ts";
import { templateOf } from "../ask/template.ts";
import type { Sample } from "../sample.ts";

const TASK = `You are given fragments of documents. Sum them all up in one text.
- It is about as long as the fragments are on average.
- It keeps proper names as they are written, and holds no opinions.
- It is in the language of the fragments. Answer with it alone.`;

export interface SummaryOptions {
  readonly name: string;
  readonly system_prompt?: string | undefined;
  readonly sub_doc_template?: string | undefined;
  readonly input_template?: string | undefined;
  readonly max_token_num?: number | undefined;
}

export type Summarize = (sample: Sample, texts: readonly string[]) => Promise<string>;

/** @throws E_DATA_OPERATOR for templates that cannot be read */
export function summarizer(ask: Ask, { name, max_token_num: most, ...options }: SummaryOptions): Summarize {
  const fragment = templateOf(options.sub_doc_template || "Fragment:\n{text}\n", ["text"], `${name}.sub_doc_template`);
  const input = templateOf(
    options.input_template || "{sub_docs}\n\nSummary:\n",
    ["sub_docs"],
    `${name}.input_template`,
  );
  const sumUp = (sample: Sample, texts: readonly string[]): Promise<string> => {
    const question = input({ sub_docs: texts.map((text) => fragment({ text })).join("\n") });
    return ask(sample, [system(options.system_prompt || TASK), user(question)], (answer) => {
      const text = bare(answer);
      return text === "" ? unusable("it is empty") : usable(text);
    });
  };
  return async (sample, texts) => {
    let left = texts;
    while (left.length > 1) {
      const groups = groupsUnder(left, most);
      // Where every text fills a group, two and two are taken together: else there would be no end.
      const parts = groups.length === left.length ? pairsOf(groups) : groups;
      const summaries: string[] = [];
      for (const part of parts) summaries.push(await sumUp(sample, part));
      left = summaries;
    }
    return left[0] ?? "";
  };
}

function pairsOf(groups: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return groups.flatMap((group, i) => (i % 2 === 0 ? [[...group, ...(groups[i + 1] ?? [])]] : []));
}

const quotes: ReadonlySet<string> = new Set([`''`, `""`, "“”", "‘’", "``"]);

/** Without the quotation marks that models put around. */
function bare(answer: string): string {
  let text = answer.trim();
  while (text.length > 1 && quotes.has(`${text[0]}${text.at(-1)}`)) text = text.slice(1, -1).trim();
  return text;
}
