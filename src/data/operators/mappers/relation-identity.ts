/** What two given persons of a text are to each other. Data-Juicer: relation_identity_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { apiArgs, ASKS_AGAIN, dropTextArg, own } from "../ask/args.ts";
import { system, unusable, usable, user } from "../ask/ask.ts";
import { defineAskMapper } from "../ask/define-ask-mapper.ts";
import { answerPattern, literalPattern } from "../ask/pattern.ts";
import { hasMeta, withMeta } from "../ask/row-fields.ts";
import { templateOf } from "../ask/template.ts";
import { strip } from "../text/python-strings.ts";

const NAME = "relation_identity_mapper";

const TASK = `You are given a text about {entity1} and {entity2}. Find out what {entity2} is to {entity1}; mind the direction.
- Name the relation in one word or a few, without punctuation, in the language of the text.
- If both are the same person, the relation is 另一个身份.
Answer in exactly this form, marks included:
分析推理：<your reasons>
所以{entity2}是{entity1}的：<the relation>`;

const OUTPUT = String.raw`\s*分析推理：\s*(.*?)\s*\s*所以{entity2}是{entity1}的：\s*(.*?)\Z`;

/** Models that leave out the marks still draw a conclusion, as a line of its own. */
const CONCLUSION = /(?:所以|因此|故|可见).{0,48}?[：:]\s*(.+?)\s*$/u;

const ENTITIES = ["entity1", "entity2"] as const;

export const relationIdentityMapper = defineAskMapper({
  name: NAME,
  summary: "A model says what two given persons of a text are to each other; the relation becomes a tag.",
  args: {
    ...apiArgs,
    source_entity: arg(z.string().min(1), "The person from whose side the relation is named."),
    target_entity: arg(z.string().min(1), "The other one."),
    output_key: arg(z.string().min(1).default("role_relation"), "Tag of the relation."),
    system_prompt_template: own("What the model is told, with {entity1} and {entity2}"),
    input_template: own("The question, with {entity1}, {entity2} and {text}"),
    output_pattern_template: own("Regular expression (Python, verbose) of reasons and relation, with the entities"),
    drop_text: dropTextArg,
  },
  differs: `${ASKS_AGAIN} In output_pattern_template names are taken literally, blanks included.`,
  plan: ({ source_entity: entity1, target_entity: entity2, output_key: key, text_key, drop_text, ...args }) => {
    const at = (argument: string): string => `${NAME}.${argument}`;
    const task = templateOf(args.system_prompt_template || TASK, ENTITIES, at("system_prompt_template"));
    const instructions = task({ entity1, entity2 });
    const input = templateOf(
      args.input_template || "A text about {entity1} and {entity2}:\n```\n{text}\n```\n",
      [...ENTITIES, "text"],
      at("input_template"),
    );
    const where = at("output_pattern_template");
    const source = templateOf(args.output_pattern_template || OUTPUT, ENTITIES, where);
    const output = answerPattern(source({ entity1: literalPattern(entity1), entity2: literalPattern(entity2) }), {
      where,
      dotAll: true,
      verbose: true,
    });
    const relationIn = (answer: string): string => {
      const marked = strip(output.all(answer).at(-1)?.[1] ?? "");
      if (marked !== "") return marked;
      const lines = strip(answer).split("\n").toReversed();
      const concluded = lines.flatMap((line) => CONCLUSION.exec(strip(line))?.[1] ?? []);
      return concluded.map((text) => text.replaceAll(/^[。."']+|[。."']+$/g, "")).find((text) => text !== "") ?? "";
    };
    return {
      done: (sample) => hasMeta(sample, [key]),
      messages: (sample) => [system(instructions), user(input({ entity1, entity2, text: sample.text(text_key) }))],
      read: (answer) => {
        const relation = relationIn(answer);
        return relation === "" ? unusable(`it has no line 所以${entity2}是${entity1}的：`) : usable(relation);
      },
      put: (sample, relation) => withMeta(sample, { [key]: relation }, { drop: drop_text ? text_key : undefined }),
    };
  },
});
