/** The passage of a text that a summary is about. Data-Juicer: extract_support_text_mapper. */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { show } from "../../shapes/shape.ts";
import { arg } from "../args.ts";
import { apiArgs, ASKS_AGAIN, dropTextArg, own } from "../ask/args.ts";
import { system, unusable, usable, user } from "../ask/ask.ts";
import { defineAskMapper } from "../ask/define-ask-mapper.ts";
import { hasMeta, metaOf, withMeta } from "../ask/row-fields.ts";
import { templateOf } from "../ask/template.ts";
import type { Sample } from "../sample.ts";
import { strip } from "../text/python-strings.ts";

const NAME = "extract_support_text_mapper";

const TASK = `You are given a text and a short summary of a part of it. Find the passage of the text that the summary is about, and answer with it word for word and with nothing else. If several passages fit, take the one that fits best.`;

const INPUT = "### Text\n{text}\n\n### Summary\n{summary}\n\n### Passage\n";

export const extractSupportTextMapper = defineAskMapper({
  name: NAME,
  summary: "A model finds the passage of a text that a summary in the row's tags is about; it becomes a tag.",
  args: {
    ...apiArgs,
    summary_key: arg(z.string().min(1).default("event_description"), "Tag of the summary."),
    support_text_key: arg(z.string().min(1).default("support_text"), "Tag of the passage."),
    system_prompt: own("What the model is told"),
    input_template: own("The question, with {text} and {summary}"),
    drop_text: dropTextArg,
  },
  differs: `${ASKS_AGAIN} A row without a summary is bad.`,
  plan: ({ summary_key, support_text_key: key, text_key, drop_text, ...args }) => {
    const input = templateOf(args.input_template || INPUT, ["text", "summary"], `${NAME}.input_template`);
    const summaryOf = (sample: Sample): string => {
      const summary = metaOf(sample)[summary_key];
      if (typeof summary === "string") return summary;
      return fail("E_DATA_ROW", {
        where: sample.origin,
        what: `the tag ${summary_key} is ${show(summary)}, wants a summary`,
      });
    };
    return {
      done: (sample) => hasMeta(sample, [key]),
      messages: (sample) => [
        system(args.system_prompt || TASK),
        user(input({ text: sample.text(text_key), summary: summaryOf(sample) })),
      ],
      read: (answer) => (strip(answer) === "" ? unusable("it is empty") : usable(strip(answer))),
      put: (sample, text) => withMeta(sample, { [key]: text }, { drop: drop_text ? text_key : undefined }),
    };
  },
});
