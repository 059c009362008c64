/** Questions and answers out of a text, each pair a row. Data-Juicer: generate_qa_from_text_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { ASKS_AGAIN, hfArgs, NO_LOCAL_MODEL } from "../ask/args.ts";
import { system, unusable, usable, user } from "../ask/ask.ts";
import { defineAskMapper } from "../ask/define-ask-mapper.ts";
import { answerPattern } from "../ask/pattern.ts";
import { withFields } from "../ask/row-fields.ts";
import { strip } from "../text/python-strings.ts";

const NAME = "generate_qa_from_text_mapper";

const TASK = `You are given a text. Write questions that someone might ask who has not read it, and answer each by what the text says and nothing else. Questions and answers must make sense without the text: no "according to the text".
Write in the language of the text, and answer in exactly this form, one pair behind the other:
Human: <a question>
Assistant: <its answer>`;

const OUTPUT = "Human:(.*?)Assistant:(.*?)(?=Human:|$)";

export const generateQaFromTextMapper = defineAskMapper({
  name: NAME,
  summary: "A model writes questions and answers about a text; each pair becomes a row.",
  args: {
    ...hfArgs,
    max_num: arg(z.number().int().min(1).optional(), "Most pairs of one text."),
    system_prompt: arg(
      z.string().default(TASK),
      'What the model is told; "" sends the text alone, for models that were trained to answer with pairs.',
    ),
    output_pattern: arg(
      z.string().default(OUTPUT),
      "Regular expression (Python) that finds question and answer of each pair in the answer.",
    ),
  },
  differs: `${NO_LOCAL_MODEL} Any chat model will do, since it is told what to write (system_prompt); Data-Juicer sends the text alone. An answer may hold the word Human, at which Data-Juicer cuts it. ${ASKS_AGAIN}`,
  plan: ({ max_num: most, output_pattern: source, system_prompt: task, text_key, query_key, response_key }) => {
    const output = answerPattern(source, { where: `${NAME}.output_pattern`, dotAll: true });
    return {
      messages: (sample) => [...(task === "" ? [] : [system(task)]), user(sample.text(text_key))],
      read: (answer) => {
        const pairs = output.all(answer).map(([query = "", response = ""]) => [strip(query), strip(response)] as const);
        return pairs.length === 0 ? unusable("it holds no pair of the form asked for") : usable(pairs);
      },
      put: ({ row }, pairs) =>
        pairs
          .slice(0, most)
          .map(([query, response]) => withFields(row, { [query_key]: query, [response_key]: response })),
    };
  },
});
