/**
 * Entities of a text and relations between them, for a knowledge graph; after the first answer the model is asked for
 * what it missed ("gleaning"). Data-Juicer: extract_entity_relation_mapper, after LightRAG (Guo et al. 2024).
 */
import * as z from "zod";
import { arg } from "../args.ts";
import { apiArgs, ASKS_AGAIN, dropTextArg, own } from "../ask/args.ts";
import { askerOf, assistant, unusable, usable, user, type Read } from "../ask/ask.ts";
import { ASK_COST } from "../ask/define-ask-mapper.ts";
import { answerPattern, type AnswerPattern } from "../ask/pattern.ts";
import { distinct, type Relation } from "../ask/relations.ts";
import { hasMeta, withMeta } from "../ask/row-fields.ts";
import { saysNone, splitByPunctuation } from "../ask/split-words.ts";
import { templateOf } from "../ask/template.ts";
import { defineMapper } from "../operator.ts";
import type { ChatMessage } from "../tools.ts";
import { strip } from "../text/python-strings.ts";

const NAME = "extract_entity_relation_mapper";

const PROMPT = `Find all entities of the types [{entity_types}] in the text below, and all relations between them that the text makes plain.
Write each entity as
("entity"{tuple_delimiter}"<name>"{tuple_delimiter}"<type>"{tuple_delimiter}"<what the text says it is and does>")
and each relation as
("relationship"{tuple_delimiter}"<name of one entity>"{tuple_delimiter}"<name of the other>"{tuple_delimiter}"<how they are related>"{tuple_delimiter}"<key words of the relation, separated by commas>"{tuple_delimiter}<its strength, a number from 1 to 10>)
Put {record_delimiter} between them, and {completion_delimiter} at the end. Use no round brackets inside. Write in the language of the text, and nothing else. If there is no entity, answer NONE.

For example, of "Ada wrote programs for Babbage's engine." with the types [person, technology]:
("entity"{tuple_delimiter}"Ada"{tuple_delimiter}"person"{tuple_delimiter}"Ada wrote programs for an engine."){record_delimiter}
("entity"{tuple_delimiter}"Babbage"{tuple_delimiter}"person"{tuple_delimiter}"Babbage has an engine."){record_delimiter}
("relationship"{tuple_delimiter}"Ada"{tuple_delimiter}"Babbage"{tuple_delimiter}"Ada wrote programs for Babbage's engine."{tuple_delimiter}"programming, cooperation"{tuple_delimiter}8){completion_delimiter}

Entity_types: [{entity_types}]
Text:
\`\`\`
{input_text}
\`\`\`
Output:
`;

const CONTINUE = "Some entities and relations are still missing. Give those, and only those, in the same form:\n";
const IF_LOOP = "Are there entities that are still missing? Answer YES or NO.\n";

const FIELDS = ["entity_types", "tuple_delimiter", "record_delimiter", "completion_delimiter", "input_text"] as const;

interface Entity {
  readonly entity_name: string;
  readonly entity_type: string;
  readonly entity_entity_description: string;
}

interface Graph {
  readonly entities: readonly Entity[];
  readonly relations: readonly Relation[];
}

export const extractEntityRelationMapper = defineMapper({
  name: NAME,
  summary: "A model finds entities and their relations in a text; they become tags.",
  args: {
    ...apiArgs,
    entity_types: arg(
      z.array(z.string().min(1)).default(["organization", "person", "geo", "event"]),
      "Types of entities that are looked for.",
    ),
    entity_key: arg(z.string().min(1).default("entity"), "Tag of the entities."),
    relation_key: arg(z.string().min(1).default("relation"), "Tag of the relations."),
    prompt_template: own(`The question, with ${FIELDS.map((field) => `{${field}}`).join(" ")}`),
    tuple_delimiter: arg(z.string().min(1).default("<|>"), "Separates the parts of an entity or relation."),
    record_delimiter: arg(z.string().default("##"), "Separates entities and relations."),
    completion_delimiter: arg(z.string().default("<|COMPLETE|>"), "What the model ends with."),
    max_gleaning: arg(z.number().int().min(0).default(1), "How often is asked for what is missing."),
    continue_prompt: own("Asks for what is missing"),
    if_loop_prompt: own("Asks whether anything is missing"),
    entity_pattern: own("Regular expression (Python, verbose) that finds the entities"),
    relation_pattern: own("Regular expression (Python, verbose) that finds the relations"),
    drop_text: dropTextArg,
  },
  cost: ASK_COST,
  remote: true,
  differs:
    `${ASKS_AGAIN} Entities and relations keep the order of the answer. Where there are none the tags are empty lists, ` +
    "not lists of empty texts.",
  create: (args, tools) => {
    const ask = askerOf(NAME, args, tools);
    const at = (argument: string): string => `${NAME}.${argument}`;
    const prompt = templateOf(args.prompt_template || PROMPT, FIELDS, at("prompt_template"));
    const { entity_key, relation_key, tuple_delimiter, record_delimiter, completion_delimiter, text_key } = args;
    const how = { dotAll: true, verbose: true } as const;
    const patterns = {
      entity: answerPattern(args.entity_pattern || String.raw`\("entity"(.*?)\)`, {
        where: at("entity_pattern"),
        ...how,
      }),
      relation: answerPattern(args.relation_pattern || String.raw`\("relationship"(.*?)\)`, {
        where: at("relation_pattern"),
        ...how,
      }),
    };
    const readGraph = (answer: string): Read<string> =>
      graphOf(answer, patterns, tuple_delimiter).entities.length > 0 || saysNone(answer)
        ? usable(answer)
        : unusable("it holds no entity of the form asked for, nor NONE");

    return async (sample) => {
      if (hasMeta(sample, [entity_key, relation_key])) return sample.row;
      const question = prompt({
        entity_types: args.entity_types.join(", "),
        tuple_delimiter,
        record_delimiter,
        completion_delimiter,
        input_text: sample.text(text_key),
      });
      const free = (messages: readonly ChatMessage[]): Promise<string> => ask(sample, messages, usable);
      let answer = await ask(sample, [user(question)], readGraph);
      const talk: ChatMessage[] = [user(question), assistant(answer)];
      for (let gleaned = 1; gleaned <= args.max_gleaning && !saysNone(answer); gleaned++) {
        talk.push(user(args.continue_prompt || CONTINUE));
        const more = await free(talk);
        if (strip(more) === "") break;
        answer += more;
        talk.push(assistant(more));
        if (gleaned === args.max_gleaning || !(await wantsMore())) break;
      }
      const { entities, relations } = graphOf(answer, patterns, tuple_delimiter);
      const tags = { [entity_key]: entities, [relation_key]: relations };
      return withMeta(sample, tags, { drop: args.drop_text ? text_key : undefined });

      async function wantsMore(): Promise<boolean> {
        const said = await free([...talk, user(args.if_loop_prompt || IF_LOOP)]);
        return /^["'\s]*yes["'\s]*$/i.test(said);
      }
    };
  },
});

interface Patterns {
  readonly entity: AnswerPattern;
  readonly relation: AnswerPattern;
}

function graphOf(answer: string, { entity, relation }: Patterns, delimiter: string): Graph {
  const partsOf = (record: string): readonly string[] =>
    record
      .split(delimiter)
      .map((part) => strip(unquoted(strip(part))))
      .filter((part) => part !== "");
  const entities = entity.all(answer).flatMap(([record = ""]): readonly Entity[] => {
    const [entity_name = "", entity_type = "", entity_entity_description = "", ...more] = partsOf(record);
    const whole = entity_entity_description !== "" && more.length === 0;
    return whole ? [{ entity_name, entity_type, entity_entity_description }] : [];
  });
  const relations = relation.all(answer).flatMap(([record = ""]): readonly Relation[] => {
    const [source = "", target = "", description = "", keywords = "", strength = "", ...more] = partsOf(record);
    if (more.length > 0 || strength === "" || !Number.isFinite(Number(strength))) return [];
    return [
      {
        relation_source_entity: source,
        relation_target_entity: target,
        relation_description: description,
        relation_keywords: splitByPunctuation(keywords),
        relation_strength: Number(strength),
      },
    ];
  });
  return { entities: distinct(entities), relations: distinct(relations) };
}

const unquoted = (text: string): string => (/^(["'])[^]*\1$/.test(text) ? text.slice(1, -1) : text);
