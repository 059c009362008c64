/** Events of a text with the persons in them, each a row. Data-Juicer: extract_event_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { apiArgs, ASKS_AGAIN, dropTextArg, own } from "../ask/args.ts";
import { system, unusable, usable, user } from "../ask/ask.ts";
import { defineAskMapper } from "../ask/define-ask-mapper.ts";
import { answerPattern } from "../ask/pattern.ts";
import { hasMeta, withMeta } from "../ask/row-fields.ts";
import { saysNone, splitByPunctuation } from "../ask/split-words.ts";
import { templateOf } from "../ask/template.ts";

const NAME = "extract_event_mapper";

const TASK = `You are given a text. Sum up its events one by one, each with the persons who take part in it.
- Leave out no event of importance, and add none that is not in the text.
- Say what led to it and what came of it, if the text does; no opinions.
- Keep proper names as they are written. Name the main persons of each event, and only those who are in it.
- If nothing happens in the text, answer NONE.
Otherwise answer in exactly this form, marks included, in the language of the text:
### 情节1：
- **情节描述**： <the event>
- **相关人物**：<person>，<person>
### 情节2：
...`;

const OUTPUT = String.raw`
  \#\#\#\s*情节(\d+)：\s*
  -\s*\*\*情节描述\*\*\s*：\s*(.*?)\s*
  -\s*\*\*相关人物\*\*\s*：\s*(.*?)(?=\#\#\#|\Z)`;

export const extractEventMapper = defineAskMapper({
  name: NAME,
  summary: "A model sums up the events of a text; each becomes a row with the event and its persons as tags.",
  args: {
    ...apiArgs,
    event_desc_key: arg(z.string().min(1).default("event_description"), "Tag of the event."),
    relevant_char_key: arg(z.string().min(1).default("relevant_characters"), "Tag of its persons."),
    system_prompt: own("What the model is told"),
    input_template: own("The question, with {text}"),
    output_pattern: own("Regular expression (Python, verbose) that finds the events in the answer"),
    drop_text: dropTextArg,
  },
  differs:
    `${ASKS_AGAIN} A text in which nothing happens stays as it is; in Data-Juicer that depends on the other rows of ` +
    "its batch.",
  plan: ({ event_desc_key: eventKey, relevant_char_key: personsKey, text_key, drop_text, ...args }) => {
    const input = templateOf(args.input_template || "Text:\n```\n{text}\n```\n", ["text"], `${NAME}.input_template`);
    const output = answerPattern(args.output_pattern || OUTPUT, {
      where: `${NAME}.output_pattern`,
      dotAll: true,
      verbose: true,
    });
    return {
      done: (sample) => hasMeta(sample, [eventKey, personsKey]),
      messages: (sample) => [system(args.system_prompt || TASK), user(input({ text: sample.text(text_key) }))],
      read: (answer) => {
        const events = output
          .all(answer)
          .map(([, event = "", persons = ""]) => ({ [eventKey]: event, [personsKey]: splitByPunctuation(persons) }));
        return events.length > 0 || saysNone(answer)
          ? usable(events)
          : unusable("it holds no event of the form asked for, nor NONE");
      },
      put: (sample, events) =>
        events.length === 0
          ? sample.row
          : events.map((event) => withMeta(sample, event, { drop: drop_text ? text_key : undefined })),
    };
  },
});
