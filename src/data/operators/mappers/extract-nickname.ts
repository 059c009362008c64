/** What persons of a text call each other. Data-Juicer: extract_nickname_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { apiArgs, ASKS_AGAIN, dropTextArg, own } from "../ask/args.ts";
import { system, unusable, usable, user } from "../ask/ask.ts";
import { defineAskMapper } from "../ask/define-ask-mapper.ts";
import { answerPattern } from "../ask/pattern.ts";
import { distinct, type Relation } from "../ask/relations.ts";
import { hasMeta, withMeta } from "../ask/row-fields.ts";
import { saysNone } from "../ask/split-words.ts";
import { templateOf } from "../ask/template.ts";
import { strip } from "../text/python-strings.ts";

const NAME = "extract_nickname_mapper";

const TASK = `You are given a text. Find out what its persons call each other: nicknames and forms of address that are not simply the name.
- 说话人 is who speaks, 被称呼人 who is spoken to or of; do not mix them up.
- Give one for each pair of persons, the most frequent.
- If nobody calls anybody by a nickname, answer NONE.
Otherwise answer in exactly this form, marks included, names in the language of the text:
### 称呼方式1
- **说话人**：<speaker>
- **被称呼人**：<person>
- **<speaker>对<person>的昵称**：<nickname>
### 称呼方式2
...`;

const OUTPUT = String.raw`
  \#\#\#\s*称呼方式(\d+)\s*
  -\s*\*\*说话人\*\*\s*：\s*(.*?)\s*
  -\s*\*\*被称呼人\*\*\s*：\s*(.*?)\s*
  -\s*\*\*(.*?)对(.*?)的昵称\*\*\s*：\s*(.*?)(?=\#\#\#|\Z)`;

export const extractNicknameMapper = defineAskMapper({
  name: NAME,
  summary: "A model finds out what persons of a text call each other; the relations become a tag.",
  args: {
    ...apiArgs,
    nickname_key: arg(z.string().min(1).default("nickname"), "Tag of the relations."),
    system_prompt: own("What the model is told"),
    input_template: own("The question, with {text}"),
    output_pattern: own("Regular expression (Python, verbose) that finds the relations in the answer"),
    drop_text: dropTextArg,
  },
  differs: `${ASKS_AGAIN} Where there are no nicknames the tag is an empty list, not a list of empty texts.`,
  plan: ({ nickname_key: key, text_key, drop_text, ...args }) => {
    const input = templateOf(args.input_template || "Text:\n```\n{text}\n```\n", ["text"], `${NAME}.input_template`);
    const output = answerPattern(args.output_pattern || OUTPUT, {
      where: `${NAME}.output_pattern`,
      dotAll: true,
      verbose: true,
    });
    return {
      done: (sample) => hasMeta(sample, [key]),
      messages: (sample) => [system(args.system_prompt || TASK), user(input({ text: sample.text(text_key) }))],
      read: (answer) => {
        const relations = distinct(output.all(answer).flatMap(relationOf));
        return relations.length > 0 || saysNone(answer)
          ? usable(relations)
          : unusable("it holds no nickname of the form asked for, nor NONE");
      },
      put: (sample, relations) => withMeta(sample, { [key]: relations }, { drop: drop_text ? text_key : undefined }),
    };
  },
});

/** Both persons are named twice, which shows whether the model mixed them up. A name is no nickname. */
function relationOf(groups: readonly string[]): readonly Relation[] {
  const [speaker = "", person = "", speakerAgain, personAgain, nickname = ""] = groups.slice(1).map(strip);
  if (speaker !== speakerAgain || person !== personAgain || person === nickname) return [];
  if (speaker === "" || person === "" || nickname === "") return [];
  return [
    {
      relation_source_entity: speaker,
      relation_target_entity: person,
      relation_description: nickname,
      relation_keywords: ["nickname"],
      relation_strength: null,
    },
  ];
}
