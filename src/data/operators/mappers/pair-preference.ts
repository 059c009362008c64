/** A worse response beside the one there is, for learning by preference. Data-Juicer: pair_preference_mapper. */
import * as z from "zod";
import { arg } from "../args.ts";
import { apiArgs, ASKS_AGAIN, own } from "../ask/args.ts";
import { system, unusable, usable, user } from "../ask/ask.ts";
import { defineAskMapper } from "../ask/define-ask-mapper.ts";
import { answerPattern } from "../ask/pattern.ts";
import { textField, withFields } from "../ask/row-fields.ts";
import { templateOf } from "../ask/template.ts";
import { strip } from "../text/python-strings.ts";

const NAME = "pair_preference_mapper";

const TASK = `You are given a pair of question and answer, and perhaps a reference (【参考信息】). Write another answer to the question that is the contrary of the given one in one respect: its facts, its stance, its style or who is speaking. It must read like a real answer, and be clearly the worse one.
Write in the language of the pair, and answer in exactly this form, marks included:
【回答】
<the other answer>
【原因】
<in what it is the contrary, in one sentence>`;

const INPUT = "【参考信息】\n{reference}\n\nThe pair:\n【问题】\n{query}\n【回答】\n{response}";
const OUTPUT = String.raw`.*?【回答】\s*(.*?)\s*【原因】\s*(.*)`;

export const pairPreferenceMapper = defineAskMapper({
  name: NAME,
  summary: "A model writes a response that is to be rejected, and says why.",
  args: {
    ...apiArgs,
    system_prompt: own("What the model is told"),
    input_template: own("The question, with {query}, {response} and {reference}"),
    output_pattern: own("Regular expression (Python) that reads response and reason in the answer"),
    rejected_key: arg(z.string().min(1).default("rejected_response"), "Column of the response that is to be rejected."),
    reason_key: arg(z.string().min(1).default("reason"), "Column of the reason."),
  },
  differs: ASKS_AGAIN,
  plan: (args) => {
    const input = templateOf(
      args.input_template || INPUT,
      ["query", "response", "reference"],
      `${NAME}.input_template`,
    );
    const output = answerPattern(args.output_pattern || OUTPUT, { where: `${NAME}.output_pattern`, dotAll: true });
    return {
      messages: (sample) => {
        const query = textField(sample, args.query_key);
        const response = textField(sample, args.response_key);
        const reference = sample.field(args.text_key);
        const text = input({ query, response, reference: typeof reference === "string" ? reference : "" });
        return [system(args.system_prompt || TASK), user(text)];
      },
      read: (answer) => {
        const [rejected = "", reason = ""] = (output.match(answer) ?? []).map(strip);
        const whole = rejected !== "" && reason !== "";
        return whole ? usable({ rejected, reason }) : unusable("it has not the two marked parts");
      },
      put: ({ row }, { rejected, reason }) =>
        withFields(row, { [args.rejected_key]: rejected, [args.reason_key]: reason }),
    };
  },
});
