/** An attribute of a person or thing, summed up from a batch of texts. Data-Juicer: entity_attribute_aggregator. */
import * as z from "zod";
import { arg } from "../args.ts";
import { apiArgs, ASKS_AGAIN, own } from "../ask/args.ts";
import { askerOf, system, unusable, usable, user, type Read } from "../ask/ask.ts";
import { batchTexts, ESTIMATES, groupsUnder, hasBatchMeta, withBatchMeta } from "../ask/batch.ts";
import { ASK_COST } from "../ask/define-ask-mapper.ts";
import { answerPattern, literalPattern } from "../ask/pattern.ts";
import { templateOf } from "../ask/template.ts";
import { defineMapper } from "../operator.ts";
import { strip } from "../text/python-strings.ts";
import { summarizer } from "./nested-summary.ts";

const NAME = "entity_attribute_aggregator";

const TASK = `You are given documents about {entity}. Sum up this attribute of {entity} by them: {attribute}.
- Only what has to do with it, in at most {word_limit} words, proper names as they are written.
- Pass over details that contradict the rest.
Answer in exactly this form, in the language of the documents:
# {entity}
## {attribute}
<the summary>
{example}`;

const EXAMPLE =
  "For example, of 达尔文 and 学术贡献:\n# 达尔文\n## 学术贡献\n提出自然选择学说，著有《物种起源》，奠定了进化生物学的基础。\n";

const INPUT = "Documents about {entity}:\n{sub_docs}\n\n{entity}: {attribute}\n";
const OUTPUT = String.raw`\#\s*{entity}\s*\#\#\s*{attribute}\s*(.*?)\Z`;

export const entityAttributeAggregator = defineMapper({
  name: NAME,
  summary:
    "A model sums up an attribute of a given person or thing by one tag of all rows of a batch (__dj__batch_meta__).",
  args: {
    ...apiArgs,
    entity: arg(z.string().min(1), "The person or thing."),
    attribute: arg(z.string().min(1), "What is asked about it."),
    input_key: arg(z.string().min(1).default("event_description"), "Tag that is read."),
    output_key: arg(z.string().min(1).default("entity_attribute"), "Name of the summary."),
    word_limit: arg(z.number().int().min(1).default(100), "Words of the summary, about."),
    max_token_num: arg(z.number().int().min(1).optional(), "Tokens that the model is shown at one time."),
    system_prompt_template: own("What the model is told, with {entity}, {attribute}, {word_limit} and {example}"),
    example_prompt: own("The example in it"),
    input_template: own("The question, with {entity}, {attribute} and {sub_docs}"),
    output_pattern_template: own("Regular expression (Python, verbose) of the summary, with {entity} and {attribute}"),
  },
  cost: ASK_COST,
  remote: true,
  differs: `${ASKS_AGAIN} ${ESTIMATES} A row that is no batch is bad. In output_pattern_template names are taken literally, blanks included.`,
  create: ({ entity, attribute, output_key: key, word_limit, ...args }, tools) => {
    const ask = askerOf(NAME, args, tools);
    const at = (argument: string): string => `${NAME}.${argument}`;
    const taskFields = ["entity", "attribute", "word_limit", "example"] as const;
    const task = templateOf(args.system_prompt_template || TASK, taskFields, at("system_prompt_template"));
    const instructions = task({ entity, attribute, word_limit, example: args.example_prompt || EXAMPLE });
    const input = templateOf(args.input_template || INPUT, ["entity", "attribute", "sub_docs"], at("input_template"));
    const where = at("output_pattern_template");
    const source = templateOf(args.output_pattern_template || OUTPUT, ["entity", "attribute"], where);
    const output = answerPattern(source({ entity: literalPattern(entity), attribute: literalPattern(attribute) }), {
      where,
      dotAll: true,
      verbose: true,
    });
    const summarize = summarizer(ask, { name: NAME, max_token_num: args.max_token_num });
    const read = (answer: string): Read<string> => {
      const text = strip(output.all(answer)[0]?.[0] ?? "");
      return text === "" ? unusable(`it has no part # ${entity} with ## ${attribute}`) : usable(text);
    };
    return async (sample) => {
      if (hasBatchMeta(sample, key)) return sample.row;
      const summaries: string[] = [];
      for (const texts of groupsUnder(batchTexts(sample, args.input_key), args.max_token_num)) {
        const question = input({ entity, attribute, sub_docs: texts.join("\n\n") });
        summaries.push(await ask(sample, [system(instructions), user(question)], read));
      }
      return withBatchMeta(sample, key, await summarize(sample, summaries));
    };
  },
});
