/** A sentence said in another way, in a second column. Data-Juicer: sentence_augmentation_mapper. */
import * as z from "zod";
import { fail } from "../../../base/errors.ts";
import { arg } from "../args.ts";
import { ASKS_AGAIN, hfArgs, NO_LOCAL_MODEL, own } from "../ask/args.ts";
import { system, unusable, usable, user } from "../ask/ask.ts";
import { defineAskMapper } from "../ask/define-ask-mapper.ts";
import { withFields } from "../ask/row-fields.ts";
import { strip } from "../text/python-strings.ts";

const NAME = "sentence_augmentation_mapper";

const TASK = "You do what is asked of a sentence, and answer with the result alone.";

export const sentenceAugmentationMapper = defineAskMapper({
  name: NAME,
  summary: "A model does something with a sentence, such as saying it in other words; the result is a second column.",
  args: {
    ...hfArgs,
    system_prompt: own("What the model is told"),
    task_sentence: arg(z.string().min(1).optional(), "What is to be done with the sentence. Needed."),
    text_key_second: arg(z.string().min(1).optional(), "Column of the result. Needed."),
    max_new_tokens: arg(z.number().int().min(1).default(256), "Tokens of the longest result."),
    temperature: arg(z.number().min(0).default(0.2), "Sampling temperature."),
    top_p: arg(
      z.number().positive().max(1).optional(),
      "Draws from the likeliest tokens that together have this probability.",
    ),
    num_beams: arg(z.literal(1).default(1), "Beams are not known to the API."),
  },
  differs:
    `${NO_LOCAL_MODEL} ${ASKS_AGAIN} There is no beam search. Without task_sentence the run does not begin; ` +
    "Data-Juicer empties both columns.",
  plan: ({ task_sentence: task, text_key_second: second, text_key, ...args }) => {
    if (task === undefined || second === undefined) {
      return fail("E_DATA_OPERATOR", {
        where: `${NAME}.${task === undefined ? "task_sentence" : "text_key_second"}`,
        what: "it is needed.",
        fix: "Say what is to be done, and which column takes the result.",
      });
    }
    const { max_new_tokens: max_tokens, temperature, top_p } = args;
    return {
      sampling: { max_tokens, temperature, ...(top_p === undefined ? {} : { top_p }) },
      messages: (sample) => [
        system(args.system_prompt || TASK),
        user(`The sentence: "${sample.text(text_key)}"\n${task}`),
      ],
      read: (answer) => {
        const text = strip(answer).replaceAll(/^"+|"+$/g, "");
        return text === "" ? unusable("it is empty") : usable(text);
      },
      put: ({ row }, text) => withFields(row, { [second]: text }),
    };
  },
});
