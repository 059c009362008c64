/** A batch of texts summed up. Data-Juicer: nested_aggregator. */
import * as z from "zod";
import { arg } from "../args.ts";
import { apiArgs, ASKS_AGAIN, own } from "../ask/args.ts";
import { askerOf } from "../ask/ask.ts";
import { batchTexts, ESTIMATES, hasBatchMeta, withBatchMeta } from "../ask/batch.ts";
import { ASK_COST } from "../ask/define-ask-mapper.ts";
import { defineMapper } from "../operator.ts";
import { summarizer } from "./nested-summary.ts";

const NAME = "nested_aggregator";

export const nestedAggregator = defineMapper({
  name: NAME,
  summary: "A model sums up one tag of all rows of a batch (__dj__batch_meta__).",
  args: {
    ...apiArgs,
    input_key: arg(z.string().min(1).default("event_description"), "Tag that is summed up."),
    output_key: arg(z.string().min(1).optional(), "Name of the summary; that of the tag when absent."),
    max_token_num: arg(z.number().int().min(1).optional(), "Tokens that the model is shown at one time."),
    system_prompt: own("What the model is told"),
    sub_doc_template: own("One text in the question, with {text}"),
    input_template: own("The question, with {sub_docs}"),
  },
  cost: ASK_COST,
  remote: true,
  differs: `${ASKS_AGAIN} ${ESTIMATES} A row that is no batch is bad.`,
  create: (args, tools) => {
    const summarize = summarizer(askerOf(NAME, args, tools), { name: NAME, ...args });
    const output = args.output_key ?? args.input_key;
    return async (sample) =>
      hasBatchMeta(sample, output)
        ? sample.row
        : withBatchMeta(sample, output, await summarize(sample, batchTexts(sample, args.input_key)));
  },
});
