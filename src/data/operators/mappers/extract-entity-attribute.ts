/** What a text says of persons or things: attributes, with passages that show them. Data-Juicer: extract_entity_attribute_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { apiArgs, ASKS_AGAIN, dropTextArg, own } from "../ask/args.ts";
import { askerOf, system, unusable, usable, user, type Read } from "../ask/ask.ts";
import { ASK_COST } from "../ask/define-ask-mapper.ts";
import { answerPattern, literalPattern } from "../ask/pattern.ts";
import { hasMeta, withMeta } from "../ask/row-fields.ts";
import { templateOf } from "../ask/template.ts";
import { defineMapper } from "../operator.ts";
import { strip } from "../text/python-strings.ts";

const NAME = "extract_entity_attribute_mapper";

const TASK = `You are given a text. Sum up what it says about this attribute of {entity}: {attribute}. Then copy the passages that show it best, word for word and short.
Answer in exactly this form, marks included, in the language of the text:
# {entity}
## {attribute}：
<the summary>
### 代表性示例摘录1：
\`\`\`
<a passage>
\`\`\`
### 代表性示例摘录2：
\`\`\`
<a passage>
\`\`\`
...
`;

const ATTRIBUTE = String.raw`\#\#\s*{attribute}：\s*(.*?)(?=\#\#\#|\Z)`;
const PASSAGE = "\\#\\#\\#\\s*代表性示例摘录(\\d+)：\\s*```\\s*(.*?)```\\s*(?=\\#\\#\\#|\\Z)";

const names = (what: string) => arg(z.array(z.string().min(1)).default([]), what);
const tag = (name: string, what: string) => arg(z.string().min(1).default(name), `Tag of ${what}.`);

/** What is found of one entity and one attribute. */
interface Finding {
  readonly summary: string;
  readonly passages: readonly string[];
}

export const extractEntityAttributeMapper = defineMapper({
  name: NAME,
  summary: "A model sums up attributes of given persons or things by a text, with passages; they become tags.",
  args: {
    ...apiArgs,
    query_entities: names("Persons or things that are asked about."),
    query_attributes: names("What is asked about each of them."),
    entity_key: tag("main_entities", "the entities, one for each question"),
    attribute_key: tag("attributes", "the attributes, one for each question"),
    attribute_desc_key: tag("attribute_descriptions", "the summaries"),
    support_text_key: tag("attribute_support_texts", "the lists of passages"),
    system_prompt_template: own("What the model is told, with {entity} and {attribute}"),
    input_template: own("The question, with {text}"),
    attr_pattern_template: own("Regular expression (Python, verbose) of the summary, with {attribute}"),
    demo_pattern: own("Regular expression (Python, verbose) of the passages"),
    require_support_demos: arg(z.boolean().default(true), "Whether an answer without passages is none."),
    drop_text: dropTextArg,
  },
  cost: ASK_COST,
  remote: true,
  differs: `${ASKS_AGAIN} In attr_pattern_template the attribute's name is taken literally, blanks included.`,
  create: (args, tools) => {
    const ask = askerOf(NAME, args, tools);
    const at = (argument: string): string => `${NAME}.${argument}`;
    const task = templateOf(args.system_prompt_template || TASK, ["entity", "attribute"], at("system_prompt_template"));
    const input = templateOf(args.input_template || "Text:\n```\n{text}\n```\n", ["text"], at("input_template"));
    const summaryPattern = templateOf(
      args.attr_pattern_template || ATTRIBUTE,
      ["attribute"],
      at("attr_pattern_template"),
    );
    const how = { dotAll: true, verbose: true } as const;
    const passages = answerPattern(args.demo_pattern || PASSAGE, { where: at("demo_pattern"), ...how });
    const questions = args.query_entities.flatMap((entity) =>
      args.query_attributes.map((attribute) => {
        const source = summaryPattern({ attribute: literalPattern(attribute) });
        const summary = answerPattern(source, { where: at("attr_pattern_template"), ...how });
        const read = (answer: string): Read<Finding> => {
          const found = {
            summary: strip(summary.all(answer)[0]?.[0] ?? ""),
            passages: passages.all(answer).flatMap(([, passage = ""]) => strip(passage) || []),
          };
          if (found.summary === "") return unusable(`it has no part ## ${attribute}：`);
          const lacking = args.require_support_demos && found.passages.length === 0;
          return lacking ? unusable("it has no passage of the form asked for") : usable(found);
        };
        return { entity, attribute, instructions: task({ entity, attribute }), read };
      }),
    );
    const { entity_key, attribute_key, attribute_desc_key, support_text_key, text_key } = args;
    return async (sample) => {
      if (hasMeta(sample, [entity_key, attribute_key, attribute_desc_key, support_text_key])) return sample.row;
      const text = input({ text: sample.text(text_key) });
      const findings: Finding[] = [];
      for (const { instructions, read } of questions) {
        findings.push(await ask(sample, [system(instructions), user(text)], read));
      }
      const tags = {
        [entity_key]: questions.map(({ entity }) => entity),
        [attribute_key]: questions.map(({ attribute }) => attribute),
        [attribute_desc_key]: findings.map(({ summary }) => summary),
        [support_text_key]: findings.map((finding) => finding.passages),
      };
      return withMeta(sample, tags, { drop: args.drop_text ? text_key : undefined });
    };
  },
});
