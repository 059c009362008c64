/** Who or what has most to do with a person or thing, by a batch of texts. Data-Juicer: most_relevant_entities_aggregator. */
import * as z from "zod";
import { arg } from "../args.ts";
import { apiArgs, ASKS_AGAIN, own } from "../ask/args.ts";
import { askerOf, system, unusable, usable, user, type Read } from "../ask/ask.ts";
import { batchTexts, ESTIMATES, estimateTokens, hasBatchMeta, withBatchMeta } from "../ask/batch.ts";
import { ASK_COST } from "../ask/define-ask-mapper.ts";
import { answerPattern } from "../ask/pattern.ts";
import { splitByPunctuation } from "../ask/split-words.ts";
import { templateOf } from "../ask/template.ts";
import { defineMapper } from "../operator.ts";
import { strip } from "../text/python-strings.ts";

const NAME = "most_relevant_entities_aggregator";

const TASK = `You are given documents about {entity}. Find those that have most to do with {entity} and are of this type: {entity_type}.
- Leave out {entity} and its other names.
- Name the most important first.
Answer in exactly this form, marks included:
## 分析
<how much each has to do with {entity}, in the language of the documents>
## 列表
<first>, <second>, <third>, ...`;

const INPUT =
  "Documents about {entity}:\n{sub_docs}\n\nThose of the type {entity_type} that have most to do with {entity}:\n";

export const mostRelevantEntitiesAggregator = defineMapper({
  name: NAME,
  summary:
    "A model lists who or what has most to do with a given person or thing, by one tag of all rows of a batch (__dj__batch_meta__).",
  args: {
    ...apiArgs,
    entity: arg(z.string().min(1), "The person or thing."),
    query_entity_type: arg(z.string().min(1), "Type of those that are looked for."),
    input_key: arg(z.string().min(1).default("event_description"), "Tag that is read."),
    output_key: arg(z.string().min(1).default("most_relevant_entities"), "Name of the list."),
    max_token_num: arg(z.number().int().min(1).optional(), "Tokens that the model is shown; later texts are left out."),
    system_prompt_template: own("What the model is told, with {entity} and {entity_type}"),
    input_template: own("The question, with {entity}, {entity_type} and {sub_docs}"),
    output_pattern: own("Regular expression (Python, verbose) of the list"),
  },
  cost: ASK_COST,
  remote: true,
  differs: `${ASKS_AGAIN} ${ESTIMATES} A row that is no batch is bad.`,
  create: ({ entity, query_entity_type: entity_type, output_key: key, max_token_num: most, ...args }, tools) => {
    const ask = askerOf(NAME, args, tools);
    const at = (argument: string): string => `${NAME}.${argument}`;
    const task = templateOf(
      args.system_prompt_template || TASK,
      ["entity", "entity_type"],
      at("system_prompt_template"),
    );
    const instructions = task({ entity, entity_type });
    const input = templateOf(args.input_template || INPUT, ["entity", "entity_type", "sub_docs"], at("input_template"));
    const output = answerPattern(args.output_pattern || String.raw`\#\#\s*列表\s*(.*?)\Z`, {
      where: at("output_pattern"),
      dotAll: true,
      verbose: true,
    });
    const read = (answer: string): Read<readonly string[]> => {
      const list = strip(output.all(answer)[0]?.[0] ?? "");
      return list === "" ? unusable("it has no part ## 列表") : usable(splitByPunctuation(list));
    };
    return async (sample) => {
      if (hasBatchMeta(sample, key)) return sample.row;
      const texts = firstUnder(batchTexts(sample, args.input_key), most);
      const question = input({ entity, entity_type, sub_docs: texts.join("\n\n") });
      return withBatchMeta(sample, key, await ask(sample, [system(instructions), user(question)], read));
    };
  },
});

/** The first texts that together have at most so many tokens. */
function firstUnder(texts: readonly string[], most: number | undefined): readonly string[] {
  if (most === undefined) return texts;
  let sum = 0;
  const end = texts.findIndex((text) => (sum += estimateTokens(text)) > most);
  return end < 0 ? texts : texts.slice(0, end);
}
