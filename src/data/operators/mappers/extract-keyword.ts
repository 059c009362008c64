/** Key words of a text. Data-Juicer: extract_keyword_mapper, after LightRAG (Guo et al. 2024). */
import * as z from "zod";
import { arg } from "../args.ts";
import { apiArgs, ASKS_AGAIN, dropTextArg, own } from "../ask/args.ts";
import { unusable, usable, user } from "../ask/ask.ts";
import { defineAskMapper } from "../ask/define-ask-mapper.ts";
import { answerPattern } from "../ask/pattern.ts";
import { hasMeta, withMeta } from "../ask/row-fields.ts";
import { saysNone, splitByPunctuation } from "../ask/split-words.ts";
import { templateOf } from "../ask/template.ts";

const NAME = "extract_keyword_mapper";

const PROMPT = `Find the key words that sum up the main ideas, themes and subjects of the text below: few and general ones, in the language of the text.
Answer in exactly this form, and end with {completion_delimiter}; if the text is about nothing, answer NONE.

("content_keywords" "<first>, <second>, <third>"){completion_delimiter}

Text:
\`\`\`
{input_text}
\`\`\`
Output:
`;

export const extractKeywordMapper = defineAskMapper({
  name: NAME,
  summary: "A model finds the key words of a text; they become a tag.",
  args: {
    ...apiArgs,
    keyword_key: arg(z.string().min(1).default("keyword"), "Tag of the key words."),
    prompt_template: own("The question, with {input_text} and {completion_delimiter}"),
    completion_delimiter: arg(z.string().default("<|COMPLETE|>"), "What the model ends with."),
    output_pattern: own("Regular expression (Python, verbose) that finds the key words in the answer"),
    drop_text: dropTextArg,
  },
  differs: ASKS_AGAIN,
  plan: ({ keyword_key: key, completion_delimiter, text_key, drop_text, ...args }) => {
    const fields = ["input_text", "completion_delimiter"] as const;
    const prompt = templateOf(args.prompt_template || PROMPT, fields, `${NAME}.prompt_template`);
    const output = answerPattern(args.output_pattern || String.raw`\("content_keywords"(.*?)\)`, {
      where: `${NAME}.output_pattern`,
      dotAll: true,
      verbose: true,
    });
    return {
      done: (sample) => hasMeta(sample, [key]),
      messages: (sample) => [user(prompt({ input_text: sample.text(text_key), completion_delimiter }))],
      read: (answer) => {
        const words = output.all(answer).flatMap(([list = ""]) => splitByPunctuation(list));
        return words.length > 0 || saysNone(answer)
          ? usable(words)
          : unusable("it holds no list of the form asked for");
      },
      put: (sample, words) => withMeta(sample, { [key]: words }, { drop: drop_text ? text_key : undefined }),
    };
  },
});
